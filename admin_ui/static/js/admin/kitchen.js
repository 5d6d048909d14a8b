// The kitchen's tickets, as they come and go: a new one stands on top, one that changed is drawn anew where it stands. Nothing
// leaves the page under a cook's eyes; what is done says so.

import { $, $$, fragment, say } from '../kit/dom.js';
import { ago } from '../kit/figures.js';
import { live } from '../kit/live.js';
import { attach } from '../kit/submit.js';

const list = $('.tickets');
const { tab } = list.dataset;
const AGES = 5000;   // ms: the age of a ticket is told in seconds while it is young
const cardOf = (id) => $$('[data-ticket]', list).find((one) => one.dataset.ticket === id);

function wire(root) {
  for (const form of $$('[data-take]', root)) {
    attach(form, () => ({ method: 'POST', url: `/api/v1/kitchen-tickets/${encodeURIComponent(form.dataset.take)}/take` }), () => redraw(form.dataset.take, true));
  }
}
wire(list);

async function fetchCard(id) {
  try {
    const answer = await fetch(`/kitchen/rows?tab=${tab}&only=${encodeURIComponent(id)}`, { headers: { Accept: 'text/html' }, credentials: 'same-origin' });
    return answer.ok ? $('[data-ticket]', fragment(await answer.text())) : null;
  } catch {
    return null; // the strip on top tells that nobody answers
  }
}

async function redraw(id, focus) {
  const card = await fetchCard(id), old = cardOf(id);
  if (!card || !old) return;
  const inside = focus || old.contains(document.activeElement);
  old.replaceWith(card);
  wire(card);
  if (inside) {
    const heading = $('h2', card);
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}

async function arrive(id) {
  const card = await fetchCard(id);
  if (!card || cardOf(id)) return;
  list.prepend(card);
  $('#none').hidden = true;
  wire(card);
}

live.on('kitchen', ({ ticket, state }) => {
  if (cardOf(ticket)) redraw(ticket, false);
  else if (!new URLSearchParams(location.search).get('after') && (tab === 'all' || state === 'open' || state === 'late')) arrive(ticket);
});
live.on('print', ({ kitchen, document: id }) => {
  if (!kitchen) return;
  for (const card of $$('[data-ticket]', list)) if (card.dataset.document === id) redraw(card.dataset.ticket, false);
});
live.on('resync', () => location.reload());
setInterval(() => { for (const age of $$('[data-made]', list)) say(age, ago(age.dataset.made)); }, AGES);

// The queue: each card is decided where it stands, and then says what became of it. Nothing moves under a person's hands: what
// comes is added below, unless there is more to read before it.

import { $, $$, fragment, h, icon, replace } from '../kit/dom.js';
import { t } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { attach } from '../kit/submit.js';
import { decisions } from './decide.js';

const list = $('.asks');
const { tab } = list.dataset;

const cardOf = (id) => $$('[data-ask]', list).find((one) => one.dataset.ask === id);

function settled(card, tone, sign, words, focus) {
  card.dataset.done = 'yes';
  const link = $('h2 a', card);
  const line = h('p', { class: `st ${tone}`, role: 'status', tabindex: '-1' }, icon(sign, 's'), h('span', {}, words, ' · ', link.cloneNode(true)));
  replace(card, h('div', { class: 'in settled' }, line));
  card.removeAttribute('aria-labelledby');
  if (focus) line.focus({ preventScroll: true });
}

// Wires the forms of cards that are new on the page.
function wire(root) {
  decisions((form, verb, answer) => {
    const number = answer.body?.number || '';
    const words = verb === 'reject' ? t('Refused. Nothing has moved.') : t('Approved and posted · {number}', { number });
    settled(form.closest('.ask'), verb === 'reject' ? 'bad' : 'ok', verb === 'reject' ? 'x' : 'check', words, true);
  }, root);
  for (const form of $$('[data-review]', root)) {
    attach(form, () => {
      const note = form.elements.note.value.trim();
      return { method: 'POST', url: `/api/v1/documents/${encodeURIComponent(form.dataset.review)}/review`, body: note ? { note } : {} };
    }, () => settled(form.closest('.ask'), 'ok', 'check', t('Looked at'), true));
  }
}
wire(list);

async function arrive(id) {
  if ($('#more') || cardOf(id)) return;
  try {
    const answer = await fetch(`/waiting/rows?tab=${tab}&only=${encodeURIComponent(id)}`, { headers: { Accept: 'text/html' }, credentials: 'same-origin' });
    const card = answer.ok ? $('[data-ask]', fragment(await answer.text())) : null;
    if (!card || cardOf(id)) return;
    $('#none').before(card);
    $('#none').hidden = true;
    wire(card);
  } catch {
    // The strip on top tells that nobody answers; once somebody does, the page is drawn anew.
  }
}

// What somebody else did about a card, by the state it is told with.
const DONE = {
  approved: ['ok', 'check', t('Decided elsewhere')],
  refused: ['bad', 'x', t('Refused elsewhere. Nothing has moved.')],
  expired: ['warn', 'clock', t('Expired: nobody decided in time. Nothing has moved.')],
  reviewed: ['ok', 'check', t('Looked at elsewhere')],
};

live.on('request', ({ id, state }) => {
  if (state === (tab === 'requests' ? 'waiting' : 'warned')) {
    arrive(id);
    return;
  }
  const card = cardOf(id);
  if (!card || card.dataset.done || !DONE[state] || (state === 'reviewed') !== (tab === 'reviews')) return;
  // The answer to this page's own word says more; it is on its way.
  if (!$('[aria-busy]', card)) settled(card, ...DONE[state], false);
});

live.on('resync', () => location.reload());

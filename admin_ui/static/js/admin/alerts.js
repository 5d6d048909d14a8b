// Alerts as they come and go: a row that changed is drawn anew where it stands, a new one comes in on top unless somebody is
// in the list. Nothing leaves it under a person's eyes; what is over says so.

import { $, fragment } from '../kit/dom.js';
import { t, tn } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { refreshParts } from '../kit/parts.js';
import { request } from '../kit/submit.js';
import { list } from './list.js';

const { table } = list;
const pill = $('#fresh');
const fresh = new Set();

async function fetchRow(id) {
  try {
    const answer = await fetch(`/alerts/rows?tab=${table.dataset.tab}&only=${encodeURIComponent(id)}`, { headers: { Accept: 'text/html' }, credentials: 'same-origin' });
    return answer.ok ? $('tr[data-row]', fragment(await answer.text())) : null;
  } catch {
    return null; // the strip on top tells that nobody answers
  }
}

async function redraw(id) {
  const row = await fetchRow(id);
  const old = list.row(id);
  if (!row || !old) return;
  const focused = old.contains(document.activeElement);
  row.tabIndex = old.tabIndex;
  old.replaceWith(row);
  if (focused) row.focus({ preventScroll: true });
}

async function arrive(id) {
  const busy = table.contains(document.activeElement) || table.matches(':hover') || list.scroller.scrollTop > 0;
  const row = busy ? null : await fetchRow(id);
  if (list.row(id)) return;
  if (row) {
    $('tbody', table).prepend(row);
    $('#none').hidden = true;
    return;
  }
  fresh.add(id);
  pill.textContent = tn('{n} new alert', '{n} new alerts', fresh.size);
  pill.hidden = false;
}

live.on('alert', ({ id, state }) => {
  if (list.row(id)) redraw(id);
  else if ((table.dataset.tab === 'open') === (state === 'open')) arrive(id);
});
live.on('task', () => {
  for (const row of list.rows()) if (row.dataset.kind === 'negative_stock') redraw(row.dataset.row);
});
live.on('delivery', refreshParts);
live.on('resync', () => { list.reset(); refreshParts(); });

table.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-seen]');
  if (!button || button.getAttribute('aria-busy') === 'true') return;
  button.setAttribute('aria-busy', 'true');
  const answer = await request('POST', `/api/v1/alerts/${encodeURIComponent(button.dataset.seen)}/seen`);
  if (answer.status === 200) return redraw(button.dataset.seen);
  button.removeAttribute('aria-busy');
  button.lastChild.textContent = t('Not sent, still here. Try again.');
  return undefined;
});

// The queue: each card is decided where it stands, and then says what became of it. Nothing moves under a person's hands.

import { $, $$, h, icon, replace } from '../kit/dom.js';
import { t } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { attach } from '../kit/submit.js';
import { decisions } from './decide.js';

const list = $('.asks');
const count = $(`[data-count="${list.dataset.tab}"]`);

function settled(card, tone, sign, words, focus) {
  card.dataset.done = 'yes';
  const link = $('h2 a', card);
  const line = h('p', { class: `st ${tone}`, role: 'status', tabindex: '-1' }, icon(sign, 's'), h('span', {}, words, ' · ', link.cloneNode(true)));
  replace(card, h('div', { class: 'in settled' }, line));
  card.removeAttribute('aria-labelledby');
  if (focus) line.focus({ preventScroll: true });
  for (const badge of [count, $('.nav a[href="/waiting"] .badge')]) {
    const n = badge && Number(badge.textContent.replace(/\D/g, ''));
    if (n && n < 1000) badge.lastChild.data = ` ${n - 1}`;
  }
}

decisions((form, verb, answer) => {
  const number = answer.body?.number || '';
  const words = verb === 'reject' ? t('Refused. Nothing has moved.') : t('Approved and posted · {number}', { number });
  settled(form.closest('.ask'), verb === 'reject' ? 'bad' : 'ok', verb === 'reject' ? 'x' : 'check', words, true);
});

for (const form of $$('[data-review]')) {
  attach(form, () => {
    const note = form.elements.note.value.trim();
    return { method: 'POST', url: `/api/v1/documents/${encodeURIComponent(form.dataset.review)}/review`, body: note ? { note } : {} };
  }, () => settled(form.closest('.ask'), 'ok', 'check', t('Looked at'), true));
}

// Posted meanwhile: somebody approved it at a till or on another page.
live.on('document', ({ id }) => {
  const card = $$('[data-ask]').find((one) => one.dataset.ask === id && !one.dataset.done);
  if (card && list.dataset.tab === 'requests' && !$('[aria-busy]', card)) settled(card, 'ok', 'check', t('Decided elsewhere'), false);
});

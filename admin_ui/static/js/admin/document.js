// One document: the second tick when headquarters has it, the state of its print jobs, printing it again.

import { confirmed } from '../kit/ask.js';
import { $, $$, h, icon, replace } from '../kit/dom.js';
import { time } from '../kit/figures.js';
import { t } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { attach, showError } from '../kit/submit.js';
import { decisions } from './decide.js';
import { atHeadquarters, printState } from './words.js';

const chain = $('.chain');
const { document: id, seq } = chain.dataset;

live.on('replication', (now) => {
  const step = $('[data-hq].todo', chain);
  if (!step || !seq || Number(seq) > now.applied_seq) return;
  step.classList.remove('todo');
  replace(step, icon('check2'), h('span', {}, t('At headquarters')), h('time', {}, time(Date.now() / 1000)));
  replace($('h1 [data-f=state]'), atHeadquarters());
});

live.on('print', (job) => {
  const jobs = $(job.kitchen ? '#tickets' : '#jobs');
  if (!jobs || job.document !== id) return;
  jobs.hidden = jobs.previousElementSibling.hidden = false;
  $('[data-none]', jobs)?.remove();
  let row = $$('[data-job]', jobs).find((one) => one.dataset.job === job.job);
  if (!row) {
    row = h('li', { dataset: { job: job.job } },
      h('span', { class: 'grow' }, h('b', {}, job.printer), h('small', {}, job.kitchen ? `${job.kitchen} · ` : '', time(Date.now() / 1000))), h('span', { dataset: { f: 'state' } }));
    jobs.prepend(row);
  }
  replace($('[data-f=state]', row), printState(job.state));
});

decisions(() => { location.reload(); });

live.on('resync', () => { if (!$('#reverse')?.elements.reason.value) location.reload(); });

const reversal = $('#reverse');
if (reversal) {
  attach(reversal, async (_, anew) => {
    const why = reversal.elements.reason;
    if (!why.value.trim()) {
      showError(why, t('Give a reason.')).focus();
      return null;
    }
    const text = t('Everything it moved goes back, money included. The reason is kept with it: {reason}', { reason: why.value.trim() });
    if (!await confirmed(t('Take {number} back?', { number: reversal.dataset.number }), text, t('Take it back'), { danger: true })) return null;
    return { method: 'PUT', url: `/api/v1/documents/${anew}`, body: { type: 'reversal', original: id, reason: why.value.trim() } };
  }, () => { location.reload(); });
}

const form = $('#print');
if (form) {
  attach(form, () => ({ method: 'POST', url: `/api/v1/documents/${encodeURIComponent(id)}/print`, body: {} }),
    () => t('Sent to the printer'), { accepted: true });
}

// One document: the second tick when headquarters has it, the state of its print jobs, printing it again.

import { $, $$, h, icon, replace } from '../kit/dom.js';
import { time } from '../kit/figures.js';
import { t } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { attach, showError } from '../kit/submit.js';
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
  const jobs = $('#jobs');
  if (!jobs || job.document !== id) return;
  $('[data-none]', jobs)?.remove();
  let row = $$('[data-job]', jobs).find((one) => one.dataset.job === job.job);
  if (!row) {
    row = h('li', { dataset: { job: job.job } },
      h('span', { class: 'grow' }, h('b', {}, job.printer), h('small', {}, time(Date.now() / 1000))), h('span', { dataset: { f: 'state' } }));
    jobs.prepend(row);
  }
  replace($('[data-f=state]', row), printState(job.state));
});

// A document that waits: the word of the person signed in here, under their own name.
const decision = $('#decide');
if (decision) {
  for (const button of $$('[data-decide]', decision)) button.addEventListener('click', () => { decision.dataset.verb = button.dataset.decide; });
  attach(decision, () => {
    const why = decision.elements.why;
    if (!why.value.trim()) {
      showError(why, t('Give a reason.')).focus();
      return null;
    }
    return { method: 'POST', url: `/api/v1/documents/${encodeURIComponent(id)}/${decision.dataset.verb || 'approve'}`, body: { reason: why.value.trim() } };
  }, () => { location.reload(); });
}

const reversal = $('#reverse');
if (reversal) {
  attach(reversal, (_, anew) => {
    const why = reversal.elements.reason;
    if (!why.value.trim()) {
      showError(why, t('Give a reason.')).focus();
      return null;
    }
    if (!globalThis.confirm(t('Everything this document moved goes back. Reverse it?'))) return null;
    return { method: 'PUT', url: `/api/v1/documents/${anew}`, body: { type: 'reversal', original: id, reason: why.value.trim() } };
  }, () => { location.reload(); });
}

const form = $('#print');
if (form) {
  attach(form, () => ({ method: 'POST', url: `/api/v1/documents/${encodeURIComponent(id)}/print`, body: {} }),
    () => t('Sent to the printer'), { accepted: true });
}

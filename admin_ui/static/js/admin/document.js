// One document: the second tick when headquarters has it, the state of its print jobs, printing it again.

import { $, $$, h, icon, replace } from '../kit/dom.js';
import { time } from '../kit/figures.js';
import { t } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { attach } from '../kit/submit.js';
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

const form = $('#print');
if (form) {
  attach(form, () => ({ method: 'POST', url: `/api/v1/documents/${encodeURIComponent(id)}/print`, body: {} }));
  // 202 is the good answer here: the job is on its way and the list tells how it went.
  form.addEventListener('needsapproval', () => queueMicrotask(() => replace($('output', form))));
}

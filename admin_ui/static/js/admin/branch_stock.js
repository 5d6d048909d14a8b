// Item × branch: cells follow the branches' journals; totals are recomputed from what stands in the row.

import { $, $$, say } from '../kit/dom.js';
import { quantity, quantityText, thousandths, time } from '../kit/figures.js';
import { t } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { List, flash } from '../kit/table.js';

const PAUSE_MS = 120; // after the last key, before asking

const table = $('#matrix');
const input = $('#q');
const chosen = table.dataset.branch;
let query = input.value.trim();

const question = (after) => {
  const parameters = new URLSearchParams();
  if (query) parameters.set('q', query);
  if (chosen) parameters.set('branch', chosen);
  if (after) parameters.set('after', after);
  return parameters;
};

const list = new List({ scroller: $('#scroll'), table, url: (after) => `/stock/rows?${question(after)}` });

let typed = 0;
input.addEventListener('input', () => {
  clearTimeout(typed);
  typed = setTimeout(() => {
    query = input.value.trim();
    history.replaceState(null, '', `/stock?${question('')}`);
    list.reset();
  }, PAUSE_MS);
});

const cellOf = (row, branch) => $$('td[data-branch]', row).find((cell) => cell.dataset.branch === branch);

live.on('stock', (data) => {
  const row = list.row(data.item);
  const cell = row && cellOf(row, data.branch);
  const figure = cell && $('[data-f=on_hand]', cell);
  if (!figure || Number(cell.dataset.seq || 0) > data.as_of_seq) return;
  cell.dataset.seq = data.as_of_seq;
  if (figure.dataset.value === data.on_hand) return;
  figure.dataset.value = data.on_hand;
  figure.classList.toggle('neg', data.on_hand.startsWith('-'));
  say(figure, quantity(data.on_hand));
  flash(cell);
  if (chosen) return; // one branch is shown: the total is of all of them and comes with the next page
  const total = $$('[data-f=on_hand]', row).reduce((sum, one) => sum + (thousandths(one.dataset.value) ?? 0n), 0n);
  say($('[data-f=total]', row), quantity(quantityText(total)));
});

live.on('branch', (branch) => {
  const head = $$('thead th[data-branch]', table).find((one) => one.dataset.branch === branch.branch);
  if (!head || !branch.as_of) return;
  const stale = branch.state !== 'current' && branch.state !== 'catching_up';
  for (const cell of [head, ...list.rows().map((row) => cellOf(row, branch.branch))]) cell?.classList.toggle('stale', stale);
  say($('[data-f=as_of]', head), t('as of {time}', { time: time(branch.as_of) }));
});

live.on('resync', () => list.reset());

// The fleet: each branch's figures follow its own journal; the order stays until the reader asks for it anew.

import { $, $$, h, replace, say } from '../kit/dom.js';
import { time } from '../kit/figures.js';
import { tn } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { List, flash } from '../kit/table.js';
import { branchState } from './words.js';

const table = $('#fleet');
const list = new List({ scroller: $('#scroll'), table, url: () => '/fleet', open: (row) => location.assign(`/fleet/${encodeURIComponent(row.dataset.row)}`) });
const grouped = (n) => n.toLocaleString('en-US');
const states = new Map();
const moved = new Set();
const pill = $('#fresh');

const REFRESH_MS = 2000; // takings and sums come from the server again at most this often while events come in

let refreshing = 0;
async function refresh() {
  refreshing = 0;
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, credentials: 'same-origin' });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const take = (old, fresh) => old && fresh && old.replaceChildren(...document.importNode(fresh, true).childNodes);
    take($('.kpis'), $('.kpis', page));
    for (const row of list.rows()) {
      const fresh = $$('tr[data-row]', page).find((one) => one.dataset.row === row.dataset.row);
      for (const name of ['sales', 'hours', 'negative', 'devices']) if (fresh) take($(`[data-f=${name}]`, row), $(`[data-f=${name}]`, fresh));
    }
  } catch {
    // The strip on top tells that nobody answers; the next event asks again.
  }
}

live.on('branch', (branch) => {
  const row = list.row(branch.branch);
  if (!row) return announce(branch.branch);
  const before = states.get(branch.branch) ?? $('[data-f=state]', row).textContent.trim();
  const state = branchState(branch.state);
  replace($('[data-f=state]', row), state);
  states.set(branch.branch, state.textContent.trim());
  if (before !== state.textContent.trim()) announce(branch.branch);
  const applied = $('[data-f=applied]', row);
  if (applied.textContent !== grouped(branch.applied_seq)) {
    say(applied, grouped(branch.applied_seq));
    flash(applied.closest('td'));
    refreshing ||= setTimeout(refresh, REFRESH_MS);
  }
  const lost = (branch.devices_lost || []).join();
  if (lost !== (row.dataset.lost || '')) {
    row.dataset.lost = lost;
    refreshing ||= setTimeout(refresh, REFRESH_MS);
  }
  const waiting = Math.max(0, branch.head_seq - branch.applied_seq);
  row.dataset.waiting = waiting;
  replace($('[data-f=waiting]', row), waiting ? grouped(waiting) : h('span', { class: 'mut' }, '0'));
  const cell = $('[data-f=as_of]', row);
  cell.className = branch.state === 'current' || branch.state === 'catching_up' ? 'num mut' : 'num stale';
  if (branch.as_of) replace(cell, h('time', {}, time(branch.as_of)));
  return undefined;
});

function announce(branch) {
  moved.add(branch);
  pill.textContent = tn('{n} branch changed its state · sort again', '{n} branches changed their state · sort again', moved.size);
  pill.hidden = false;
}

live.on('resync', () => location.reload());

// The stock list: search as you type, pages as you scroll, live figures that never move a row, and the panel.

import { $, $$, fragment, replace, say } from '../kit/dom.js';
import { quantity, quantityText, thousandths } from '../kit/figures.js';
import { t } from '../kit/i18n.js';
import { keys } from '../kit/keys.js';
import { live } from '../kit/live.js';
import { request } from '../kit/submit.js';
import { List, flash } from '../kit/table.js';
import { wireAdjust } from './adjust.js';
import { stockState } from './words.js';

const PAUSE_MS = 120;    // after the last key, before asking
const GATHER_MS = 120;   // changes of one item within this time are asked for once
const AT_ONCE = 20;      // items asked for per round; the rest wait for the next

const table = $('#stock');
const input = $('#q');
const panel = $('#peek');
const split = $('#split');
let query = input.value.trim();

const question = (after) => {
  const parameters = new URLSearchParams({ tab: table.dataset.tab });
  if (query) parameters.set('q', query);
  if (after) parameters.set('after', after);
  return parameters;
};

const list = new List({
  scroller: $('#scroll'), table,
  url: (after) => `/stock/rows?${question(after)}`,
  open: (row) => peek(row.dataset.row),
  loaded: () => { $('#none').hidden = list.rows().length > 0; },
});
list.moved = (row) => { if (!panel.hidden) peek(row.dataset.row, { focus: false }); };

// Search ------------------------------------------------------------------------------------------------------

let typed = 0;
input.addEventListener('input', () => {
  clearTimeout(typed);
  typed = setTimeout(async () => {
    query = input.value.trim();
    history.replaceState(null, '', `/stock?${question('')}`);
    for (const tab of $$('[data-tab]', $('.tabs'))) {
      const target = new URLSearchParams({ tab: tab.dataset.tab });
      if (query) target.set('q', query);
      tab.href = `/stock?${target}`;
    }
    await list.reset();
    if (!list.rows().length) say($('#none h2'), query ? t('Nothing matches "{query}"', { query }) : t('Nothing here'));
  }, PAUSE_MS);
});
input.form.addEventListener('submit', (event) => event.preventDefault());

// Live figures ------------------------------------------------------------------------------------------------

const changed = new Set();
let gathering = 0;

live.on('stock', (data) => {
  const row = list.row(data.item);
  const shown = row || (!panel.hidden && panel.dataset.item === data.item);
  if (!shown) return;
  if (row && row.dataset.parts === '1' && data.location === 'shop' && !data.lot && allFree(row)) paint(row, data.on_hand, data.on_hand, data.as_of_seq);
  else later(data.item);
  if (!panel.hidden && panel.dataset.item === data.item) refreshPanel();
});

live.on('resync', () => {
  list.reset();
  if (!panel.hidden) refreshPanel();
});

// Whether nothing of what a row shows is promised or held back; where something is, what is free has to be asked.
function allFree(row) {
  return $('[data-f=on_hand]', row).textContent === $('[data-f=available]', row).textContent;
}

function later(item) {
  changed.add(item);
  if (!gathering) gathering = setTimeout(refetch, GATHER_MS);
}

// An item with several lots or places: its figure is the sum of what the API lists.
async function refetch() {
  gathering = 0;
  const now = [...changed].slice(0, AT_ONCE);
  for (const item of now) changed.delete(item);
  await Promise.all(now.map(async (item) => {
    const answer = await request('GET', `/api/v1/stock?item=${encodeURIComponent(item)}&limit=1000`);
    const row = list.row(item);
    if (answer.status !== 200 || !row) return;
    const sum = (name) => quantityText(answer.body.rows.reduce((total, one) => total + (thousandths(one[name]) ?? 0n), 0n));
    const seq = Math.max(0, ...answer.body.rows.map((one) => one.as_of_seq));
    row.dataset.parts = answer.body.rows.length;
    paint(row, sum('on_hand'), sum('available'), seq);
  }));
  if (changed.size && !gathering) gathering = setTimeout(refetch, GATHER_MS);
}

function stateOf(onHand, low, made) {
  if (onHand < 0n) return 'negative';
  if (onHand === 0n) return made ? 'made' : 'out';
  return low !== null && onHand < low ? 'low' : 'ok';
}

function paint(row, onHand, available, seq) {
  if (Number(row.dataset.seq) > seq) return; // an older change than what is shown
  row.dataset.seq = seq;
  const hand = thousandths(onHand);
  const low = row.dataset.low ? thousandths(row.dataset.low) : null;
  const state = stateOf(hand, low, 'made' in row.dataset);
  const figure = $('[data-f=on_hand]', row);
  const cell = figure.closest('td');
  const text = quantity(onHand);
  if (figure.textContent !== text) {
    figure.textContent = text;
    flash(cell);
  }
  cell.className = `num oh ${state}${cell.classList.contains('hit') ? ' hit' : ''}`;
  say($('[data-f=available]', row), quantity(available));
  say($('[data-f=moved]', row), t('just now'));
  replace($('[data-f=state]', row), stockState(state));
  const gauge = $('.gauge', row);
  if (gauge && low > 0n) {
    const tenths = Number((hand * 220n) / low); // a tenth of a unit; the mark for "low" stands at 22
    gauge.setAttribute('class', `gauge ${state}`);
    $('.val', gauge).setAttribute('width', String(Math.min(880, Math.max(0, tenths)) / 10));
  }
}

// The panel ---------------------------------------------------------------------------------------------------

let looking = 0;

async function load(item) {
  const round = (looking += 1);
  try {
    const answer = await fetch(`/stock/${encodeURIComponent(item)}/peek`, { headers: { Accept: 'text/html' }, credentials: 'same-origin' });
    if (!answer.ok) throw new Error(String(answer.status));
    const nodes = fragment(await answer.text());
    return round === looking ? nodes : null;
  } catch {
    return round === looking ? undefined : null;
  }
}

async function peek(item, { focus = true } = {}) {
  panel.hidden = false;
  split.classList.add('open');
  panel.setAttribute('aria-busy', 'true');
  const nodes = await load(item);
  if (nodes === null) return;
  panel.removeAttribute('aria-busy');
  panel.dataset.item = item;
  if (nodes === undefined) {
    say(panel.appendChild(document.createElement('p')), t('The item could not be loaded. Try again.'));
    return;
  }
  replace(panel, nodes);
  panel.scrollTop = 0;
  const form = $('#adjust', panel);
  if (form) wireAdjust(form, () => refreshPanel());
  if (focus) $('#peek-title', panel).focus({ preventScroll: true });
}

// Brings figures and movements up to date without touching a form somebody types into.
let refreshing = 0;
function refreshPanel() {
  clearTimeout(refreshing);
  refreshing = setTimeout(async () => {
    const nodes = await load(panel.dataset.item);
    if (!nodes || panel.hidden) return;
    for (const part of ['.big', '.mvs', '.spark']) {
      const old = $(part, panel);
      const fresh = $(part, nodes);
      if (old && fresh) old.replaceWith(fresh);
    }
    const form = $('#adjust', panel);
    const fresh = $('#adjust', nodes);
    if (form && fresh) {
      form.dataset.onHand = fresh.dataset.onHand;
      form.dispatchEvent(new Event('figures'));
    }
  }, GATHER_MS * 2);
}

function close() {
  if (panel.hidden) return false;
  panel.hidden = true;
  looking += 1;
  split.classList.remove('open');
  (list.current || $('#scroll')).focus({ preventScroll: true });
  return true;
}

panel.addEventListener('click', (event) => event.target.closest('[data-close]') && close());
keys.on('Escape', (event) => {
  if (event.target === input) input.blur();
  else return close();
  return undefined;
}, { inFields: true, label: t('Close') });
keys.on('j', () => false, { label: t('Next row') });
keys.on('k', () => false, { label: t('Row before') });

if (table.dataset.peek) {
  const row = list.row(table.dataset.peek);
  if (row) list.select(row);
  peek(table.dataset.peek);
}

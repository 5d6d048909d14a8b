// Counting with a scanner or a thumb: a code or a name, how many, next. Each line is sent as it is noted, so that sales
// before and after it are told apart; nothing on this page says what the book holds.

import { $, $$, h, icon, replace, state } from '../kit/dom.js';
import { quantity, thousandths } from '../kit/figures.js';
import { named, t } from '../kit/i18n.js';
import { confirmed } from '../kit/ask.js';
import { attach, clearErrors, reason, request, showError } from '../kit/submit.js';
import { unitName } from '../kit/units.js';

const HITS = 8;
const CODE = /^\d{8,14}$/; // a barcode that went into the wrong field: nobody counts ten million pieces

const sheet = $('#sheet');
const { sheet: id, location: place } = sheet.dataset;
const lines = $('#lines');
const line = $('#line');
const code = $('#code');
const said = $('#said');
const { counted, lot, unit } = line.elements;
const url = `/api/v1/counts/${encodeURIComponent(id)}`;
let item = null;
let again = null; // the row that asked for a second count

const say = (tone, sign, words) => { said.className = `st wrap ${tone}`; replace(said, words && icon(sign, 's'), words && h('span', {}, words)); };
const rowOf = (sku, name) => $$('[data-line]', lines).find((row) => row.dataset.item === sku && row.dataset.lot === name);

function leave() {
  item = null;
  again = null;
  line.hidden = true;
  line.reset();
  clearErrors(line);
  code.value = '';
  code.focus();
}

async function take(sku, scan = {}) {
  say('go', 'ring', t('Looking…'));
  const answer = await request('GET', `/api/v1/items/${encodeURIComponent(sku)}`);
  if (answer.status !== 200) {
    say('bad', 'warn', reason(answer));
    return;
  }
  item = answer.body;
  say('', '', '');
  $('#hits').hidden = true;
  line.reset();
  clearErrors(line);
  replace($('output', line));
  replace($('#what'), named(item));
  replace(unit, [item.unit, ...item.packs.map((pack) => pack.unit)].map((name) => h('option', { value: name }, unitName(name))));
  $('#unit-label').hidden = !item.packs.length;
  if (scan.unit) unit.value = scan.unit;
  const byLot = item.tracking === 'lot';
  $('#lot-label').hidden = !byLot;
  lot.value = scan.lot || '';
  look();
  line.hidden = false;
  (byLot && !lot.value ? lot : counted).focus();
  line.scrollIntoView({ block: 'nearest' });
}

// What is known of the place that is being counted: nothing, a line to put right, or one that wants a second count.
function look() {
  const known = item && rowOf(item.sku, lot.value.trim());
  again = known && 'again' in known.dataset ? known : null;
  const words = again ? t('Count it a second time, without thinking of the first.') : known ? t('Counted already: what you type replaces it.') : '';
  replace($('#which'), item.sku, words && ' · ', words && h('b', {}, words));
}
lot.addEventListener('input', look);

async function find(text) {
  if (!text) return;
  say('go', 'ring', t('Looking…'));
  const scan = await request('GET', `/api/v1/scan?code=${encodeURIComponent(text)}`);
  if (scan.status === 200 && scan.body.item) {
    await take(scan.body.item, scan.body);
    return;
  }
  const found = scan.status === 200 ? await request('GET', `/api/v1/items?q=${encodeURIComponent(text)}&limit=${HITS}`) : scan;
  if (found.status !== 200) {
    say('bad', 'warn', reason(found));
    return;
  }
  const { rows } = found.body;
  if (rows.length === 1) {
    await take(rows[0].sku);
    return;
  }
  say(rows.length ? '' : 'bad', rows.length ? 'search' : 'warn', rows.length ? t('Which one?') : t('No item has this code or name.'));
  const hits = $('#hits');
  hits.hidden = !rows.length;
  replace(hits, rows.map((one) => h('li', { class: 'bare' }, h('button', { type: 'button', class: 'row', onclick: () => take(one.sku) },
    h('span', { class: 'grow' }, h('b', {}, named(one)), h('small', {}, one.sku)), icon('right', 's')))));
  code.select();
}

$('#find').addEventListener('submit', (event) => {
  event.preventDefault();
  find(code.value.trim());
});
$('#leave').addEventListener('click', leave);

function noted(answer) {
  const asks = answer.state === 'second_count';
  const name = answer.lot || '';
  const row = h('li', { class: 'bare', dataset: { line: answer.line, item: answer.item, lot: name } },
    h('button', { type: 'button', class: 'row' }, h('span', { class: 'grow' }, h('b', {}, named(item)), h('small', {}, answer.item, name ? ' · ' + t('Lot') + ' ' + name : null)),
      asks ? h('span', { class: 'st warn tag' }, icon('count', 's'), h('span', {}, t('Count it a second time')))
        : h('b', { class: 'num' }, quantity(answer.counted), ' ', h('span', { class: 'unit' }, unitName(answer.unit || item.unit)))));
  if (asks) row.dataset.again = '';
  const before = rowOf(answer.item, name);
  if (before) before.replaceWith(row);
  else lines.prepend(row);
  $('#n').textContent = $$('[data-line]', lines).length;
  $('#nothing').hidden = true;
  $('#post').hidden = false;
  $$('#tasks [data-item]').find((task) => task.dataset.item === answer.item)?.setAttribute('hidden', '');
  return asks;
}

attach(line, () => {
  const text = counted.value.trim();
  if (CODE.test(text)) {
    leave();
    code.value = text;
    find(text);
    return null;
  }
  const value = thousandths(text);
  if (value === null || value < 0n) {
    showError(counted, t('Enter a quantity, for example 2 or 0.5.')).focus();
    return null;
  }
  if (item.tracking === 'lot' && !lot.value.trim()) {
    showError(lot, t('Enter the lot.')).focus();
    return null;
  }
  look();
  const known = rowOf(item.sku, lot.value.trim());
  const number = known ? Number(known.dataset.line) : Math.max(0, ...$$('[data-line]', lines).map((row) => Number(row.dataset.line))) + 1;
  const body = { item: item.sku, counted: text, location: place, time: again ? 2 : 1 };
  if (unit.value !== item.unit) body.unit = unit.value;
  if (lot.value.trim()) body.lot = lot.value.trim();
  return { method: 'PUT', url: `${url}/lines/${number}`, body };
}, (answer) => {
  const asks = noted(answer.body);
  const name = named(item);
  leave();
  if (asks) say('warn', 'count', t('{name}: please count it a second time.', { name }));
  else say('ok', 'check', t('Noted: {name}, {quantity} {unit}', { name, quantity: quantity(answer.body.counted), unit: unitName(answer.body.unit || '') }).trim());
});

sheet.addEventListener('click', (event) => {
  const row = event.target.closest('[data-item]');
  if (row && event.target.closest('button')) take(row.dataset.item, row.dataset.lot ? { lot: row.dataset.lot } : {});
});

attach($('#post'), async () => {
  const open = $$('[data-again]', lines).length;
  if (open) {
    say('warn', 'count', t('Some lines have to be counted a second time first.'));
    $('[data-again] button', lines).focus();
    return null;
  }
  const n = $$('[data-line]', lines).length;
  if (!await confirmed(t('Post this count?'), t('{n} lines are compared with the book as it stood when each was counted, and what was off is put right.', { n }), t('Post the count'))) return null;
  return { method: 'POST', url: `${url}/post`, body: {} };
}, () => { location.reload(); });

code.focus();

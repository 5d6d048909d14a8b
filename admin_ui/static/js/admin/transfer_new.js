// A new transfer out: a branch, and lines of an item and how much of it. Enter goes on to the next field, so that a scanner,
// which ends with Enter, fills line after line. What the store refuses is said at its field.

import { $, $$, h, replace, say } from '../kit/dom.js';
import { quantityText, thousandths } from '../kit/figures.js';
import { language, t } from '../kit/i18n.js';
import { attach, request, showError } from '../kit/submit.js';

const LINES_MAX = 500; // the most a document has
const PAUSE_MS = 200; // after this long without a key a name is looked for
const SHOWN_MAX = 20; // names that are offered
const SKU = /^[A-Za-z0-9._-]{1,64}$/;

const form = $('#send');
const lines = $('#lines');
let made = 0;

const field = (line, name) => $(`[data-f=${name}]`, line);
const filled = (line) => $$('[data-f]', line).some((one) => one.value.trim());
const named = (item) => (language === 'zh' && item.name_zh) || item.name;

function addLine() {
  const line = $('#line').content.firstElementChild.cloneNode(true);
  for (const one of $$('[data-f]', line)) one.name = `${one.dataset.f}-${made}`;
  made += 1;
  lines.append(line);
  $('#add').disabled = lines.children.length >= LINES_MAX;
  return line;
}

// What a code stands for, or else the item of that SKU; null where there is neither, undefined where nobody answered.
async function resolve(typed) {
  const scanned = await request('GET', `/api/v1/scan?code=${encodeURIComponent(typed)}`);
  if (scanned.status !== 200) return undefined;
  if (scanned.body.item) return { ...scanned.body, sku: scanned.body.item };
  if (!SKU.test(typed)) return null;
  const item = await request('GET', `/api/v1/items/${encodeURIComponent(typed)}`);
  return item.status === 200 ? item.body : item.status === 404 ? null : undefined;
}

// What is not found stays as it is: the store says so when it is sent.
async function look(line) {
  const typed = field(line, 'item').value.trim();
  const found = typed ? await resolve(typed) : undefined;
  if (field(line, 'item').value.trim() !== typed) return;
  if (found) field(line, 'item').value = found.sku;
  if (found?.lot && !field(line, 'lot').value) field(line, 'lot').value = found.lot;
  say($('[data-name]', line), found ? `${named(found)} · ${found.unit}` : found === null ? t('No item has this code.') : '');
}

let pause = 0;
function offer(typed) {
  clearTimeout(pause);
  pause = setTimeout(async () => {
    const answer = await request('GET', `/api/v1/items?limit=${SHOWN_MAX}&q=${encodeURIComponent(typed)}`);
    if (answer.status === 200) replace($('#goods'), answer.body.rows.map((item) => h('option', { value: item.sku, label: named(item) })));
  }, PAUSE_MS);
}

lines.addEventListener('input', (event) => {
  if (event.target.dataset.f === 'item' && event.target.value.trim()) offer(event.target.value.trim());
});
lines.addEventListener('change', (event) => {
  if (event.target.dataset.f === 'item') look(event.target.closest('[data-line]'));
});
form.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.isComposing || event.target.tagName !== 'INPUT') return;
  event.preventDefault();
  const line = event.target.closest('[data-line]');
  if (!line) {
    field(lines.firstElementChild, 'item').focus();
  } else if (event.target.dataset.f === 'item') {
    field(line, 'quantity').focus();
  } else {
    const next = line.nextElementSibling || (lines.children.length < LINES_MAX && filled(line) ? addLine() : null);
    if (next) field(next, 'item').focus();
  }
});
lines.addEventListener('click', (event) => {
  const button = event.target.closest('[data-remove]');
  if (!button) return;
  const line = button.closest('[data-line]');
  const near = line.nextElementSibling || line.previousElementSibling;
  line.remove();
  $('#add').disabled = false;
  field(near || addLine(), 'item').focus();
  form.dispatchEvent(new Event('input')); // what is kept for a reload follows
});
$('#add').addEventListener('click', () => field(addLine(), 'item').focus());

function lineOf(line) {
  const quantity = thousandths(field(line, 'quantity').value);
  if (!field(line, 'item').value.trim()) {
    showError(field(line, 'item'), t('Say which item.')).focus();
    return null;
  }
  if (quantity === null || quantity <= 0n) {
    showError(field(line, 'quantity'), t('Enter a quantity, for example 2 or 0.5.')).focus();
    return null;
  }
  const told = { item: field(line, 'item').value.trim(), quantity: quantityText(quantity) };
  const lot = field(line, 'lot').value.trim();
  return lot ? { ...told, lot } : told;
}

// As many lines as were kept of a page that was left, so that there is a field for each of them.
const kept = Object.keys(JSON.parse(sessionStorage.getItem('kontor.form.send.') || '{}').values || {});
for (let left = Math.max(1, ...kept.map((name) => 1 + Number(/^item-(\d+)$/.exec(name)?.[1] ?? 0))); left > 0; left -= 1) addLine();

attach(form, (_, id) => {
  const to = form.elements.to_branch;
  if (!to.value.trim()) {
    showError(to, t('Name the branch the goods go to.')).focus();
    return null;
  }
  const used = $$('[data-line]', lines).filter(filled);
  if (!used.length) {
    showError(field(lines.firstElementChild, 'item'), t('Say which item.')).focus();
    return null;
  }
  for (const one of $$('[data-f]', lines)) one.dataset.path = '';
  const told = [];
  for (const [index, line] of used.entries()) {
    const one = lineOf(line);
    if (!one) return null;
    for (const at of $$('[data-f]', line)) at.dataset.path = `lines[${index}].${at.dataset.f}`;
    told.push(one);
  }
  const body = { type: 'transfer_out', to_branch: to.value.trim(), lines: told };
  const note = form.elements.note.value.trim();
  if (note) body.note = note;
  return { method: 'PUT', url: `/api/v1/documents/${id}`, body };
}, (answer) => { location.assign(`/transfers/${encodeURIComponent(answer.body.id)}`); });

for (const line of lines.children) look(line);

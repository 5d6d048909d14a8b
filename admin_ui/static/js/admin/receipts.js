// How receipts look: what is changed in the form is drawn on paper at once, and kept only when somebody saves it.

import { $, $$, h, replace } from '../kit/dom.js';
import { t } from '../kit/i18n.js';
import { printed } from '../kit/paper.js';
import { attach, reason, request } from '../kit/submit.js';

const PAUSE_MS = 250; // a person types faster than paper is worth drawing

const form = $('#layout');
const sample = $('#sample');
const paper = $('#paper'); // ":name" of a printer, or how many columns
let asked = 0;
let timer = 0;

const own = (name) => form.elements[name].value.split('\n').map((line) => line.trim()).filter(Boolean);
const layout = () => ({
  blocks: $$('[data-block]', form).filter((row) => $('input', row).checked).map((row) => row.dataset.block),
  language: form.elements.language.value,
  header: own('header'),
  footer: own('footer'),
  article_codes: form.elements.article_codes.checked,
});

async function draw() {
  const number = ++asked;
  const answer = await request('POST', '/api/v1/receipt-layout/preview', { layout: layout(), ...paper.value.includes(':') ? { printer: paper.value.slice(1) } : { columns: Number(paper.value) } });
  if (number !== asked) return; // something was changed meanwhile
  if (answer.status === 200) {
    const slip = h('article', { class: 'receipt' }, printed(answer.body.lines), h('span', { class: 'cut', 'aria-hidden': 'true' }));
    slip.style.width = `calc(${answer.body.columns}ch + 36px)`; // and its margins
    replace(sample, slip);
  } else replace(sample, h('p', { class: 'error', role: 'alert' }, answer.body?.errors?.length ? answer.body.errors.map((one) => one.detail).join(' ') : reason(answer)));
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(draw, PAUSE_MS);
}

form.addEventListener('input', later);
paper.addEventListener('change', draw);
form.addEventListener('click', (event) => {
  const button = event.target.closest('[data-move]');
  if (!button) return;
  const row = button.closest('[data-block]');
  const other = button.dataset.move === '1' ? row.nextElementSibling : row.previousElementSibling;
  if (!other) return;
  if (button.dataset.move === '1') other.after(row);
  else other.before(row);
  button.focus();
  later();
});
attach(form, () => ({ method: 'PUT', url: '/api/v1/receipt-layout', body: layout() }), () => t('Saved. The next receipt looks like this.'));
draw();

// Lines of an item and how much of it, in a form that makes a document. Enter goes on to the next field, so that a scanner, which
// ends with Enter, fills line after line. Further fields of a line are its template's: [data-f=lot], [data-f=expiry], …

import { $, $$, h, replace, say } from '../kit/dom.js';
import { quantityText, thousandths } from '../kit/figures.js';
import { language, t } from '../kit/i18n.js';
import { request, showError } from '../kit/submit.js';

const LINES_MAX = 500; // the most a document has
const PAUSE_MS = 200; // after this long without a key a name is looked for
const SHOWN_MAX = 20; // names that are offered
const SKU = /^[A-Za-z0-9._-]{1,64}$/;

const field = (line, name) => $(`[data-f=${name}]`, line);
const filled = (line) => $$('[data-f]', line).some((one) => one.value.trim());
const named = (item) => (language === 'zh' && item.name_zh) || item.name;

// What a code stands for, or else the item of that SKU; null where there is neither, undefined where nobody answered.
async function resolve(typed) {
  const scanned = await request('GET', `/api/v1/scan?code=${encodeURIComponent(typed)}`);
  if (scanned.status !== 200) return undefined;
  if (scanned.body.item) return { ...scanned.body, sku: scanned.body.item };
  if (!SKU.test(typed)) return null;
  const item = await request('GET', `/api/v1/items/${encodeURIComponent(typed)}`);
  return item.status === 200 ? item.body : item.status === 404 ? null : undefined;
}

export class Lines {
  // `signed`: a quantity may be below zero.
  constructor(form, { signed = false } = {}) {
    Object.assign(this, { form, signed, root: $('[data-lines]', form), more: $('#add', form), made: 0, pause: 0 });
    for (const line of $$('[data-line]', this.root)) this.#name(line);
    this.root.addEventListener('input', (event) => {
      if (event.target.dataset.f === 'item' && event.target.value.trim()) this.#offer(event.target.value.trim());
    });
    this.root.addEventListener('change', (event) => {
      if (event.target.dataset.f === 'item') this.#look(event.target.closest('[data-line]'));
    });
    this.root.addEventListener('click', (event) => this.#remove(event));
    form.addEventListener('keydown', (event) => this.#key(event));
    this.more.addEventListener('click', () => field(this.add(), 'item').focus());
    // As many lines as were kept of a page that was left, so that there is a field for each of them.
    const kept = JSON.parse(sessionStorage.getItem(`kontor.form.${form.id}.${form.dataset.key || ''}`) || '{}').values || {};
    const wanted = Math.max(1, ...Object.keys(kept).map((name) => 1 + Number(/^item-(\d+)$/.exec(name)?.[1] ?? 0)));
    while (this.made < wanted) this.add();
  }

  // What is on the lines already, once the form's own values are back.
  begin() {
    for (const line of this.all()) this.#look(line);
  }

  all() {
    return $$('[data-line]', this.root);
  }

  add() {
    const line = $('template', this.form).content.firstElementChild.cloneNode(true);
    this.#name(line);
    this.root.append(line);
    this.more.disabled = this.all().length >= LINES_MAX;
    return line;
  }

  // The lines as the document tells them, or null where one needs correcting. Each field knows afterwards which line it is.
  read() {
    const used = this.all().filter(filled);
    if (!used.length) {
      showError(field(this.all()[0] || this.add(), 'item'), t('Say which item.')).focus();
      return null;
    }
    for (const one of $$('[data-f]', this.root)) one.dataset.path = '';
    const told = [];
    for (const [index, line] of used.entries()) {
      const one = this.#told(line);
      if (!one) return null;
      for (const at of $$('[data-f]', line)) at.dataset.path = `lines[${index}].${at.dataset.f}`;
      told.push(one);
    }
    return told;
  }

  #told(line) {
    const item = field(line, 'item').value.trim();
    if (!item) {
      showError(field(line, 'item'), t('Say which item.')).focus();
      return null;
    }
    const quantity = thousandths(field(line, 'quantity').value);
    const damaged = field(line, 'damaged');
    const spoilt = damaged?.value.trim() ? thousandths(damaged.value) : 0n;
    const none = quantity === null || (this.signed ? quantity === 0n : quantity < 0n || (quantity === 0n && !spoilt));
    if (none) {
      showError(field(line, 'quantity'), t('Enter a quantity, for example 2 or 0.5.')).focus();
      return null;
    }
    const told = { item, quantity: quantityText(quantity) };
    for (const at of $$('[data-f]', line)) {
      const value = at.value.trim();
      if (!value || at.dataset.f in told) continue;
      if (at.dataset.f === 'serials') told.serials = value.split(/[\s,，;；]+/).filter(Boolean);
      else if (at.dataset.f === 'damaged') told.damaged = quantityText(spoilt ?? 0n);
      else told[at.dataset.f] = value;
    }
    if (spoilt === null || spoilt < 0n) {
      showError(damaged, t('Enter a quantity, for example 2 or 0.5.')).focus();
      return null;
    }
    return told;
  }

  #name(line) {
    for (const one of $$('[data-f]', line)) one.name = `${one.dataset.f}-${this.made}`;
    this.made += 1;
  }

  // What is not found stays as it is: the store says so when it is sent.
  async #look(line) {
    const typed = field(line, 'item').value.trim();
    const found = typed ? await resolve(typed) : undefined;
    if (field(line, 'item').value.trim() !== typed) return;
    if (found) field(line, 'item').value = found.sku;
    const lot = field(line, 'lot');
    if (found?.lot && lot && !lot.value) lot.value = found.lot;
    const serials = field(line, 'serials');
    if (serials && found?.tracking) serials.closest('.label').hidden = found.tracking !== 'serial';
    say($('[data-name]', line), found ? `${named(found)} · ${found.unit}` : found === null ? t('No item has this code.') : '');
  }

  #offer(typed) {
    clearTimeout(this.pause);
    this.pause = setTimeout(async () => {
      const answer = await request('GET', `/api/v1/items?limit=${SHOWN_MAX}&q=${encodeURIComponent(typed)}`);
      if (answer.status === 200) replace($('#goods'), answer.body.rows.map((item) => h('option', { value: item.sku, label: named(item) })));
    }, PAUSE_MS);
  }

  #key(event) {
    if (event.key !== 'Enter' || event.isComposing || event.target.tagName !== 'INPUT') return;
    event.preventDefault();
    const line = event.target.closest('[data-line]');
    if (!line) {
      field(this.all()[0], 'item').focus();
    } else if (event.target.dataset.f === 'item') {
      field(line, 'quantity').focus();
    } else {
      const next = line.nextElementSibling || (this.all().length < LINES_MAX && filled(line) ? this.add() : null);
      if (next) field(next, 'item').focus();
    }
  }

  #remove(event) {
    const button = event.target.closest('[data-remove]');
    if (!button) return;
    const line = button.closest('[data-line]');
    const near = line.nextElementSibling || line.previousElementSibling;
    line.remove();
    this.more.disabled = false;
    field(near || this.add(), 'item').focus();
    this.form.dispatchEvent(new Event('input')); // what is kept for a reload follows
  }
}

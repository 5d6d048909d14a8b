// One work order: its steps begin and end, and it is completed or cancelled. After each the page is drawn anew.

import { $, $$ } from '../kit/dom.js';
import { confirmed } from '../kit/ask.js';
import { quantityText, thousandths } from '../kit/figures.js';
import { t } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { attach, showError } from '../kit/submit.js';

const id = $('#order').dataset.order;
const url = (rest) => `/api/v1/work-orders/${encodeURIComponent(id)}/${rest}`;
const anew = () => { location.reload(); };

// A quantity that may stay empty; undefined where it is none.
function amount(field, names) {
  if (!field.value.trim()) return null;
  const value = thousandths(field.value);
  if (value === null || value < 0n) {
    showError(field, t('Enter a quantity, for example 2 or 0.5.')).focus();
    return undefined;
  }
  return { [names]: quantityText(value) };
}

for (const form of $$('form.step')) {
  attach(form, () => {
    const said = form.elements.scrap ? amount(form.elements.scrap, 'scrap') : null;
    if (said === undefined) return null;
    return { method: 'POST', url: url(`steps/${form.dataset.step}/${form.dataset.verb}`), body: said || {} };
  }, anew);
}

const complete = $('#complete');
if (complete) {
  attach(complete, () => {
    const said = amount(complete.elements.quantity, 'quantity');
    if (said === undefined) return null;
    const lot = complete.elements.lot.value.trim();
    return { method: 'POST', url: url('complete'), body: { ...said, ...(lot ? { lot } : {}) } };
  }, anew);
}

const cancel = $('#cancel');
if (cancel) {
  attach(cancel, async () => {
    if (!await confirmed(t('Cancel this work order?'), t('Nothing will be made of it, and nothing is reserved for it any more.'), t('Cancel the order'), { danger: true })) return null;
    return { method: 'POST', url: url('cancel'), body: {} };
  }, anew);
}

// Somebody else began or finished a step; not while a field here holds something.
live.on('work_order', (event) => {
  const typed = $$('input').some((one) => one.value.trim());
  if (event.id === id && !typed && !$('[aria-busy=true]')) anew();
});

// One shift: cash in and out, counting the drawer, and paper.

import { $, $$ } from '../kit/dom.js';
import { minorUnits } from '../kit/amount.js';
import { confirmed } from '../kit/ask.js';
import { money } from '../kit/figures.js';
import { t } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { attach, showError } from '../kit/submit.js';

const { station, state } = $('#shift').dataset;
const DRAWER = ['sale', 'sale_return', 'reversal', 'cash_movement', 'shift_open', 'shift_close'];

const paper = $('[data-print]');
paper.hidden = false;
paper.addEventListener('click', () => globalThis.print());

const pill = $('#fresh');
if (state === 'open') {
  live.on('document', (data) => {
    if (data.station !== station || !DRAWER.includes(data.type)) return;
    pill.textContent = t('Figures have changed');
    pill.hidden = false;
  });
}

function sum(field) {
  const value = minorUnits(field.value);
  if (value === null) showError(field, t('Enter an amount, for example 200 or 200.50.')).focus();
  return value;
}

const cash = $('#cash');
if (cash) {
  attach(cash, (_, id) => {
    const { direction, amount, reason } = cash.elements;
    const value = sum(amount);
    if (value === null) return null;
    if (!reason.value.trim()) {
      showError(reason, t('Give a reason.')).focus();
      return null;
    }
    const body = { type: 'cash_movement', station, direction: direction.value, amount: value, reason: reason.value.trim() };
    return { method: 'PUT', url: `/api/v1/documents/${id}`, body };
  }, () => { location.reload(); });
}

const close = $('#close');
if (close) {
  attach(close, async (_, id) => {
    const counted = [];
    for (const field of $$('[data-counted]', close)) {
      const amount = sum(field);
      if (amount === null) return null;
      counted.push({ type: field.name, amount });
    }
    const total = counted.reduce((all, one) => all + one.amount, 0);
    const asked = t('{amount} was counted. The next sale opens a new shift; this one stays as it is.', { amount: money(total) });
    if (!await confirmed(t('Close the shift of {station}?', { station }), asked, t('Close the shift'))) return null;
    return { method: 'PUT', url: `/api/v1/documents/${id}`, body: { type: 'shift_close', station, counted } };
  }, () => { location.reload(); });
}

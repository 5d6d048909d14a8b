// The list of shifts, and opening one with a float.

import { $ } from '../kit/dom.js';
import { minorUnits } from '../kit/amount.js';
import { t } from '../kit/i18n.js';
import { attach, showError } from '../kit/submit.js';
import './list.js';

const form = $('#open-shift');
if (form) {
  attach(form, (_, id) => {
    const { station, float } = form.elements;
    const amount = float.value.trim() ? minorUnits(float.value) : 0;
    if (amount === null) {
      showError(float, t('Enter an amount, for example 200 or 200.50.')).focus();
      return null;
    }
    return { method: 'PUT', url: `/api/v1/documents/${id}`, body: { type: 'shift_open', station: station.value, float: amount } };
  }, () => { location.reload(); });
}

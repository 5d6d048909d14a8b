// The list of work orders, and a new one: a recipe and how much of it. Its id is made here, so that a repeat makes no second one.

import { $ } from '../kit/dom.js';
import { quantityText, thousandths } from '../kit/figures.js';
import { t } from '../kit/i18n.js';
import { attach, showError } from '../kit/submit.js';
import './list.js';

const form = $('#make');
if (form) {
  attach(form, (_, id) => {
    const { recipe, quantity } = form.elements;
    const wanted = thousandths(quantity.value);
    if (wanted === null || wanted <= 0n) {
      showError(quantity, t('Enter a quantity, for example 2 or 0.5.')).focus();
      return null;
    }
    return { method: 'PUT', url: `/api/v1/work-orders/${id}`, body: { recipe: recipe.value, quantity: quantityText(wanted) } };
  }, (answer) => { location.assign(`/work-orders/${encodeURIComponent(answer.body.id)}`); });
}

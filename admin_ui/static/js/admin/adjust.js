// The adjust form of the stock panel: a signed change, posted as an adjustment document.

import { $, $$, say } from '../kit/dom.js';
import { quantity, quantityText, thousandths } from '../kit/figures.js';
import { t } from '../kit/i18n.js';
import { attach, showError } from '../kit/submit.js';

export function wireAdjust(form, changed) {
  const field = form.elements.quantity;
  const approval = $('.approval', form);
  const preview = () => {
    const change = thousandths(field.value);
    const hand = thousandths(form.dataset.onHand);
    const words = change === null || change === 0n ? '' : t('{before} → {after} {unit}', {
      before: quantity(form.dataset.onHand), after: quantity(quantityText(hand + change)), unit: form.dataset.unit,
    });
    say($('[data-preview]', form), words);
  };
  for (const button of $$('[data-step]', form)) {
    button.addEventListener('click', () => {
      const next = (thousandths(field.value || '0') ?? 0n) + BigInt(button.dataset.step) * 1000n;
      field.value = quantityText(next).replace(/\.?0+$/, '');
      field.dispatchEvent(new Event('input', { bubbles: true }));
    });
  }
  field.addEventListener('input', preview);
  form.addEventListener('figures', preview);
  form.addEventListener('needsapproval', () => {
    approval.hidden = false;
    form.elements.approver.focus();
  });
  attach(form, (_, id) => {
    const change = thousandths(field.value);
    if (change === null || change === 0n) {
      showError(field, t('Say by how much, for example −2 or 0.5.')).focus();
      return null;
    }
    const body = { type: 'adjustment', reason: form.elements.reason.value, lines: [{ item: form.dataset.item, quantity: quantityText(change) }] };
    if (!approval.hidden) {
      const { approver, pin, why } = form.elements;
      if (!approver.value || !pin.value || !why.value) {
        showError(!approver.value ? approver : !pin.value ? pin : why, t('Needed for the approval.')).focus();
        return null;
      }
      body.approval = { person: approver.value, pin: pin.value, reason: why.value };
    }
    return { method: 'PUT', url: `/api/v1/documents/${id}`, body };
  }, (answer) => {
    field.value = '';
    approval.hidden = true;
    form.elements.pin.value = '';
    preview();
    changed();
    return t('Saved in store as {number}', { number: answer.body?.number || `#${answer.body?.seq}` });
  });
  preview();
}

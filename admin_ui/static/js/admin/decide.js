// A document that waits: the word of the person signed in here under their own name, or of another with their PIN.

import { $, $$ } from '../kit/dom.js';
import { t } from '../kit/i18n.js';
import { attach, showError } from '../kit/submit.js';

// Wires every decision form below `root`; `done(form, verb, answer)` runs when it was decided.
export function decisions(done, root = document) {
  for (const form of $$('[data-decision]', root)) {
    for (const button of $$('[data-verb]', form)) button.addEventListener('click', () => { form.dataset.said = button.dataset.verb; });
    attach(form, () => {
      const { why, person, pin } = form.elements;
      if (!why.value.trim()) {
        showError(why, t('Give a reason.')).focus();
        return null;
      }
      const body = { reason: why.value.trim() };
      if ($('details', form).open && person.value) {
        if (!pin.value) {
          showError(pin, t('Enter the PIN.')).focus();
          return null;
        }
        Object.assign(body, { person: person.value, pin: pin.value });
      }
      return { method: 'POST', url: `/api/v1/documents/${encodeURIComponent(form.dataset.decision)}/${form.dataset.said || 'approve'}`, body };
    }, (answer) => done(form, form.dataset.said || 'approve', answer));
  }
}

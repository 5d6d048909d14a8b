// A new document of lines, begun with what another page proposed. It is sent only when somebody presses the button.

import { $ } from '../kit/dom.js';
import { t } from '../kit/i18n.js';
import { attach, showError } from '../kit/submit.js';
import { Lines } from './lines.js';

const form = $('#make');
const { type, order } = form.dataset;
const lines = new Lines(form, { signed: type === 'adjustment' });

attach(form, (_, id) => {
  const told = lines.read();
  if (!told) return null;
  const body = { type, lines: told };
  if (order) body.order = order;
  for (const name of ['supplier', 'reason', 'purpose', 'note']) {
    const value = form.elements[name]?.value.trim();
    if (value) body[name] = value;
  }
  if (form.elements.reason && !body.reason) {
    showError(form.elements.reason, t('Give a reason.')).focus();
    return null;
  }
  return { method: 'PUT', url: `/api/v1/documents/${id}`, body };
}, (answer) => { location.assign(`/documents/${encodeURIComponent(answer.body.id)}`); });

form.addEventListener('needsapproval', (event) => { location.assign(`/documents/${encodeURIComponent(event.detail.id)}`); });
lines.begin();

// A new transfer out: a branch, and lines of an item and how much of it. What the store refuses is said at its field.

import { $ } from '../kit/dom.js';
import { t } from '../kit/i18n.js';
import { attach, showError } from '../kit/submit.js';
import { Lines } from './lines.js';

const form = $('#send');
const lines = new Lines(form);

attach(form, (_, id) => {
  const to = form.elements.to_branch;
  if (!to.value.trim()) {
    showError(to, t('Name the branch the goods go to.')).focus();
    return null;
  }
  const told = lines.read();
  if (!told) return null;
  const body = { type: 'transfer_out', to_branch: to.value.trim(), lines: told };
  const note = form.elements.note.value.trim();
  if (note) body.note = note;
  const requisition = form.elements.requisition.value.trim();
  if (requisition) body.requisition = requisition;
  return { method: 'PUT', url: `/api/v1/documents/${id}`, body };
}, (answer) => { location.assign(`/transfers/${encodeURIComponent(answer.body.id)}`); });

lines.begin();

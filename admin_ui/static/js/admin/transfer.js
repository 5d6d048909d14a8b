// One transfer: receiving what arrived of it, and asking for the rest back. The page never changes under a person's
// hands; a change from elsewhere is announced in a pill.

import { $, $$ } from '../kit/dom.js';
import { quantityText, thousandths } from '../kit/figures.js';
import { t } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { attach, showError } from '../kit/submit.js';

const { transfer } = $('#transfer').dataset;

live.on('transfer', (data) => {
  if (data.transfer !== transfer) return;
  const pill = $('#fresh');
  pill.textContent = t('This transfer has changed');
  pill.hidden = false;
});

const REASONS = ['short', 'over', 'damaged'];

// A row as a line of the document; null where nothing is said of it, undefined where a figure makes no sense.
function lineOf(row) {
  const figures = {};
  for (const field of $$('[data-f]', row)) {
    const value = field.value.trim() === '' ? 0n : thousandths(field.value);
    if (value === null || value < 0n) {
      showError(field, t('Enter a quantity, for example 2 or 0.5.')).focus();
      return undefined;
    }
    figures[field.dataset.f] = value;
  }
  const variance = REASONS.filter((reason) => figures[reason] > 0n).map((reason) => ({ reason, quantity: quantityText(figures[reason]) }));
  if (figures.good === 0n && !variance.length) return null;
  const line = { item: row.dataset.item, quantity: quantityText(figures.good) };
  if (row.dataset.lot) line.lot = row.dataset.lot;
  if (variance.length) line.variance = variance;
  return line;
}

// Where a row's fields stand in the document, so that a refusal is shown beside the right one.
function place(row, index, line) {
  for (const field of $$('[data-f]', row)) {
    const at = (line?.variance || []).findIndex((one) => one.reason === field.dataset.f);
    const path = field.dataset.f === 'good' ? 'quantity' : at < 0 ? 'variance' : `variance[${at}].quantity`;
    field.dataset.path = index < 0 ? '' : `lines[${index}].${path}`;
  }
}

const receive = $('#receive');
if (receive) {
  attach(receive, (_, id) => {
    const rows = $$('[data-line]', receive);
    const lines = rows.map(lineOf);
    if (lines.includes(undefined)) return null;
    const told = lines.filter((line) => line !== null);
    rows.forEach((row, index) => place(row, told.indexOf(lines[index]), lines[index]));
    if (!told.length) {
      showError($('[data-f]', receive), t('Enter what arrived.')).focus();
      return null;
    }
    const body = { type: 'transfer_in', transfer, lines: told };
    const note = receive.elements.note.value.trim();
    if (note) body.note = note;
    return { method: 'PUT', url: `/api/v1/documents/${id}`, body };
  }, () => { location.reload(); });
}

const cancel = $('#cancel');
if (cancel) {
  attach(cancel, () => {
    const why = cancel.elements.reason;
    if (!why.value.trim()) {
      showError(why, t('Give a reason.')).focus();
      return null;
    }
    return { method: 'POST', url: `/api/v1/transfers/${encodeURIComponent(transfer)}/cancel`, body: { reason: why.value.trim() } };
  }, () => { location.reload(); }, { accepted: true });
}

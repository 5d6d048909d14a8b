// The list of transfers: rows never move under the reader; what changed is announced in a pill on top.

import { $ } from '../kit/dom.js';
import { t } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { List } from '../kit/table.js';

const table = $('#transfers');
const { direction, state } = table.dataset;

const list = new List({
  scroller: $('#scroll'), table,
  url: (after) => {
    const query = new URLSearchParams({ direction, state });
    if (after) query.set('after', after);
    return `/transfers/rows?${query}`;
  },
  open: (row) => location.assign(`/transfers/${encodeURIComponent(row.dataset.row)}`),
});

const pill = $('#fresh');
const changed = () => {
  pill.textContent = t('Transfers have changed');
  pill.hidden = false;
};

live.on('transfer', changed);
live.on('document', (data) => {
  if (data.type === 'transfer_out' || data.type === 'transfer_in') changed();
});
live.on('resync', () => list.reset());

// The document list: rows never move under the reader; new ones are announced in a pill on top.

import { $, replace } from '../kit/dom.js';
import { tn } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { List } from '../kit/table.js';
import { atHeadquarters } from './words.js';

const table = $('#documents');
const { type, station } = table.dataset;

const list = new List({
  scroller: $('#scroll'), table,
  url: (after) => {
    const query = new URLSearchParams({ type });
    if (station) query.set('station', station);
    if (after) query.set('after', after);
    return `/documents/rows?${query}`;
  },
  open: (row) => location.assign(`/documents/${encodeURIComponent(row.dataset.row)}`),
});

const fresh = new Set();
const pill = $('#fresh');

live.on('document', (data) => {
  if ((type !== 'all' && data.type !== type) || (station && data.station !== station) || list.row(data.id)) return;
  fresh.add(data.id);
  pill.textContent = tn('{n} new document', '{n} new documents', fresh.size);
  pill.hidden = false;
});

live.on('replication', (now) => {
  for (const row of list.rows()) {
    if (!row.dataset.seq || row.dataset.hq || Number(row.dataset.seq) > now.applied_seq) continue;
    row.dataset.hq = '1';
    replace($('[data-f=state]', row), atHeadquarters());
  }
});

live.on('resync', () => list.reset());

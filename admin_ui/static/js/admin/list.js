// A list by its table's own attributes: `data-rows` is where further rows come from, `data-topic` (and `data-types`, of
// documents) what makes its pill appear; each row's `data-href` is where it leads.

import { $ } from '../kit/dom.js';
import { live } from '../kit/live.js';
import { List } from '../kit/table.js';

const table = $('table[data-rows]');
const pill = $('#fresh');

export const list = new List({
  scroller: $('#scroll'), table,
  url: (after) => {
    const url = new URL(table.dataset.rows, location.href);
    if (after) url.searchParams.set('after', after);
    return url.pathname + url.search;
  },
  open: (row) => { if (row.dataset.href) location.assign(row.dataset.href); },
});

const types = (table.dataset.types || '').split(' ').filter(Boolean);
if (table.dataset.topic) {
  live.on(table.dataset.topic, (data) => {
    if (!pill || (types.length && !types.includes(data.type))) return;
    pill.textContent = pill.dataset.words;
    pill.hidden = false;
  });
  live.on('resync', () => list.reset());
}

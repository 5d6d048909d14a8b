// The day as it goes: the figures of today grow, the last documents come in on top, devices and headquarters speak.

import { $, $$, h, replace, say, state } from '../kit/dom.js';
import { money, time } from '../kit/figures.js';
import { t, tn } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { refreshParts } from '../kit/parts.js';
import { atHeadquarters, deviceDetail, deviceState, documentType, savedInStore } from './words.js';

const SHOWN = 8; // last documents on the page

const REFRESH_MS = 5000; // the day's picture is fetched anew at most this often while sales come in

const last = $('#last');
const names = JSON.parse(last.dataset.names); // sign-in name -> what the reader calls that person
const seen = new Set();

// What waits for a person and the day by hours come from the server again; nothing is swapped under a finger.
let refreshing = 0;
function refreshSoon() {
  if (!refreshing) refreshing = setTimeout(refresh, REFRESH_MS);
}

function refresh() {
  refreshing = 0;
  refreshParts();
}

live.on('document', (data) => {
  if (seen.has(data.id) || $$('a.row', last).some((link) => link.href.endsWith(`/${data.id}`))) return;
  seen.add(data.id);
  refreshSoon();
  if (data.type === 'sale' || data.type === 'sale_return') {
    const total = $('[data-f=sales_total]');
    const count = $('[data-f=sales_count]');
    const sign = data.type === 'sale' ? 1 : -1;
    total.dataset.value = Number(total.dataset.value) + sign * (data.total || 0);
    say(total, money(Number(total.dataset.value)));
    if (sign > 0) {
      count.dataset.value = Number(count.dataset.value) + 1;
      say(count, tn('{n} sale', '{n} sales', Number(count.dataset.value)));
    }
  }
  // The list takes no new row while somebody is in it: nothing moves under a finger.
  if (last.contains(document.activeElement) || last.matches(':hover')) return;
  $('[data-none]', last)?.remove();
  last.prepend(h('li', { class: 'bare', dataset: { seq: data.seq } },
    h('a', { class: 'row', href: `/documents/${encodeURIComponent(data.id)}` },
      h('span', { class: 'grow' }, h('b', {}, `${documentType(data.type)} ${data.number || ''}`),
        h('small', {}, [time(data.posted_at), data.station, names[data.person] ?? data.person].filter(Boolean).join(' · '))),
      h('span', { class: 'num' }, data.total === null || data.total === undefined ? '' : money(data.total)),
      h('span', { class: 'state-col', dataset: { f: 'state' } }, savedInStore()))));
  while (last.children.length > SHOWN) last.lastElementChild.remove();
});

live.on('replication', (now) => {
  for (const row of $$('li[data-seq]', last)) {
    if (row.dataset.hq || !row.dataset.seq || Number(row.dataset.seq) > now.applied_seq) continue;
    row.dataset.hq = '1';
    replace($('[data-f=state]', row), atHeadquarters());
  }
  const card = $('[data-replication-card]');
  const words = {
    current: ['ok', 'check2', t('Everything is there')], catching_up: ['go', 'sync', t('Catching up')],
    offline: ['warn', 'clock', t('Not reachable')], standalone: ['', 'store', t('This branch has no headquarters')],
  }[now.state] || ['bad', 'warn', t('Needs a person')];
  replace($('.hq-line', card), state(...words));
  if (now.state !== 'standalone') {
    say($('[data-f=sentence]', card), now.waiting
      ? tn('Selling normally. {n} event waits.', 'Selling normally. {n} events wait.', now.waiting)
      : t('Headquarters has everything up to #{seq}.', { seq: now.applied_seq.toLocaleString('en-US') }));
  }
});

live.on('device', (device) => {
  refreshSoon();
  const row = $$('[data-device]').find((one) => one.dataset.device === device.name);
  if (!row) return;
  replace($('[data-f=state]', row), deviceState(device.state));
  say($('[data-f=detail]', row), deviceDetail(device) || row.dataset.class);
});

for (const topic of ['alert', 'request']) live.on(topic, refreshSoon);

live.on('resync', () => location.reload());

// The frame round every admin page: palette, shortcuts, theme, how headquarters stands, and the strip that says
// the page is no longer live.

import { $, $$, replace, say, state } from '../kit/dom.js';
import { t, tn } from '../kit/i18n.js';
import { time } from '../kit/figures.js';
import { keys } from '../kit/keys.js';
import { live } from '../kit/live.js';
import { request } from '../kit/submit.js';
import '../kit/palette.js';
import '../kit/theme.js';

const chip = $('[data-sync]');
if (chip) {
  live.on('replication', (now) => {
    const words = {
      current: ['ok', 'check2', t('HQ up to date')],
      catching_up: ['go', 'sync', tn('{n} event on its way', '{n} events on their way', now.waiting)],
      offline: ['warn', 'clock', tn('Selling normally · {n} event waits', 'Selling normally · {n} events wait', now.waiting)],
      standalone: ['', 'store', t('No HQ')],
    }[now.state] || ['bad', 'warn', t('HQ needs a person')];
    if (chip.textContent.trim() !== words[2]) replace(chip, state(...words));
    chip.dataset.syncState = now.state;
    chip.dataset.appliedSeq = now.applied_seq;
  });
}

// What waits for a person, beside the menu and on the tabs: asked again when something came or went.
const COUNTED_MAX = 1000;
const PAUSE_MS = 300; // what happens together is asked for once
const badges = $$('[data-badge]');
let asking = 0;
async function count() {
  asking = 0;
  const { status, body } = await request('GET', '/api/v1/attention');
  if (status !== 200) return;
  const waiting = { ...body, waiting: body.requests + body.reviews };
  for (const badge of badges) {
    say($('[data-n]', badge), waiting[badge.dataset.badge].toLocaleString('en-US'));
    badge.hidden = !waiting[badge.dataset.badge];
  }
  for (const figure of $$('[data-count]')) {
    const n = waiting[figure.dataset.count];
    if (n !== undefined) say(figure, `${n.toLocaleString('en-US')}${n >= COUNTED_MAX ? '+' : ''}`);
  }
}
const countSoon = () => { asking ||= setTimeout(count, PAUSE_MS); };
if (badges.length) for (const topic of ['request', 'alert', 'resync']) live.on(topic, countSoon);

const strip = $('#offline');
live.watch((now, at) => {
  if (!strip) return;
  strip.hidden = now !== 'late';
  if (now === 'late') say($('span', strip), t('No answer since {time}. What you see is from then; it goes on by itself.', { time: time(at / 1000) }));
});

keys.on('/', () => $('[data-search]')?.focus() ?? false, { label: t('Search this page') });
keys.on('Escape', (event) => {
  if (event.target.matches('[data-search]')) event.target.blur();
  else return false;
  return undefined;
}, { inFields: true });

// A menu closes when the reader goes elsewhere.
document.addEventListener('click', (event) => {
  for (const menu of $$('details.menu[open]')) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener('keydown', (event) => {
  const menu = $('details.menu[open]');
  if (event.key === 'Escape' && menu) {
    menu.open = false;
    $('summary', menu).focus();
  }
});

// The replication page follows the journal: figures, the sentence on top and the bar.

import { $, icon, say } from '../kit/dom.js';
import { duration, time } from '../kit/figures.js';
import { t, tn } from '../kit/i18n.js';
import { live } from '../kit/live.js';

const page = $('#replication');
const figure = (name) => $(`[data-f=${name}]`, page);
const grouped = (n) => n.toLocaleString('en-US');

function sentence(now) {
  const seq = grouped(now.applied_seq);
  switch (now.state) {
    case 'current': return ['ok', 'check2', t('Headquarters has everything up to #{seq}', { seq }), t('Every sale of this branch counts there.')];
    case 'catching_up': return ['go', 'sync', tn('{n} event is on its way to headquarters', '{n} events are on their way to headquarters', now.waiting), t('Nothing to do. It goes by itself.')];
    case 'offline': return ['warn', 'clock', tn('Selling normally. {n} event waits', 'Selling normally. {n} events wait', now.waiting), t('Headquarters cannot be reached. Everything is safe here and goes by itself when the line is back.')];
    case 'standalone': return ['', 'store', t('This branch has no headquarters'), t('Everything stays in the ledger of this branch.')];
    case 'blocked': return ['bad', 'warn', t('Headquarters cannot apply what comes after #{seq}', { seq }), t('Keep selling. Call headquarters: a person there has to decide about one entry.')];
    default: return ['bad', 'warn', t('Another gateway has taken the place of this one'), t('Call a technician. This gateway keeps its sales until it is re-admitted.')];
  }
}

live.on('replication', (now) => {
  const [tone, iconName, title, text] = sentence(now);
  const hero = $('[data-hero]', page);
  if (hero.className !== `note hero ${tone}`) {
    hero.className = `note hero ${tone}`;
    $('.i', hero).replaceWith(icon(iconName));
  }
  say(figure('title'), title);
  say(figure('text'), text);
  for (const name of ['head_seq', 'applied_seq']) if (figure(name)) say(figure(name), `#${grouped(now[name])}`);
  if (figure('durable_seq') && now.durable_seq) say(figure('durable_seq'), `#${grouped(now.durable_seq)}`);
  if (figure('waiting')) {
    say(figure('waiting'), grouped(now.waiting));
    say(figure('lag'), now.waiting && now.lag_seconds !== null ? t('the oldest for {duration}', { duration: duration(now.lag_seconds) }) : t('nothing waits'));
  }
  say(figure('epoch'), String(now.epoch));
  say(figure('as_of'), time(Date.now() / 1000));
  const box = now.inbox;
  if (box && figure('inbox_seq')) {
    say(figure('inbox_seq'), t('applied up to #{seq}', { seq: grouped(box.seq) }));
    say(figure('inbox_waiting'), grouped(box.waiting));
    if (box.applied_at) say(figure('inbox_at'), time(Date.parse(box.applied_at) / 1000));
    const error = figure('inbox_error');
    error.hidden = !box.last_error;
    if (box.last_error) say($('span', error), document.documentElement.lang.startsWith('zh') ? box.last_error.detail_zh : box.last_error.detail);
  }
  const have = $('[data-track] .have', page);
  if (have) have.setAttribute('width', now.head_seq ? String(Math.round((1000 * now.applied_seq) / now.head_seq)) : '1000');
});

live.on('resync', () => location.reload());

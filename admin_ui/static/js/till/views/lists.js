// Two lists over the left side: sales on hold, and sales that the gateway has not taken yet.
import { h, icon, replace } from '../../kit/dom.js';
import { ago, money, time } from '../../kit/figures.js';
import { language, t, tn } from '../../kit/i18n.js';
import { reason } from '../api.js';
import { pieces, totals } from '../cart.js';
import { bodyOf } from '../outbox.js';
import { label } from '../catalogue.js';

const frame = (title, back, tools, list) => h('section', { class: 'listp', 'aria-label': title },
  h('div', { class: 'hd' }, h('button', { class: 'btn g sq', 'aria-label': t('Back to sale'), onclick: back }, icon('left')), h('h2', {}, title), tools), list);

const shared = (app) => ({
  place: 'none', keys: {}, escape: () => app.go('sale'),
  say: () => ({ text: t('Back to sale'), hint: 'Esc' }), press: () => app.go('sale'),
});

/** "Jasmine rice 5 kg and 2 more" */
function contents(cart, catalogue) {
  const first = catalogue.bySku(cart.lines[0].sku), name = first ? label(first) : cart.lines[0].sku, more = cart.lines.length - 1;
  return more ? tn('{name} and {n} more', '{name} and {n} more', more, { name }) : name;
}

const row = (kind, sign, title, detail, amount, ...actions) => h('li', { class: `row ${kind}` }, icon(sign),
  h('div', { class: 'what' }, h('b', {}, title), h('small', {}, detail)), h('span', { class: 'amt' }, amount), h('div', { class: 'acts' }, actions));

export function heldView(app) {
  const { desk, catalogue, selling } = app, list = h('ol', { class: 'rows' });
  const paint = () => replace(list, desk.held.map(({ cart, at }, i) => row('', 'pause', contents(cart, catalogue),
    `${time(at / 1000)} · ${tn('{n}\u00a0item', '{n}\u00a0items', pieces(cart))}`, money(totals(cart, catalogue.terms).due),
    h('button', { class: 'btn', onclick: () => selling.recall(i) }, t('Recall')))),
  !desk.held.length && h('li', { class: 'empty' }, icon('pause'), h('h2', {}, t('Nothing is on hold')), h('span', {}, t('F4 puts the current sale aside on this till.'))));
  desk.on('held', paint);
  return { ...shared(app), node: frame(t('Sales on hold'), () => app.go('sale'), null, list), enter: paint };
}

export function waitingView(app) {
  const { desk, catalogue, outbox, sender, selling, dialogs } = app, list = h('ol', { class: 'rows' });
  const send = h('button', { class: 'btn', onclick: () => { selling.probe(); sender.flush(); } }, icon('sync'), t('Send now'));
  const file = h('button', { class: 'btn', onclick: () => exportFile() }, icon('save'), t('Export file'));

  function saying(entry) {
    const said = entry.answer && (entry.answer.status ? reason(entry.answer.data, language) || `HTTP ${entry.answer.status}` : t('no answer'));
    return `${ago(entry.at / 1000)} · ${contents(entry.cart, catalogue)}${said ? ` · ${t('Last answer {time}: {words}', { time: time(entry.answer.at / 1000), words: said })}` : ''}`;
  }

  function entryRow(entry) {
    if (entry.state === 'approval') {
      return row('warn', 'stamp', t('Needs approval'), saying(entry), money(entry.total),
        h('button', { class: 'btn', onclick: () => dialogs.approve(entry) }, t('Approve…')),
        h('button', { class: 'btn g', onclick: () => selling.again(entry) }, t('Ask again')));
    }
    if (entry.state === 'refused') {
      return row('bad', 'warn', t('Refused by the store'), saying(entry), money(entry.total),
        h('button', { class: 'btn', onclick: () => selling.reopen(entry) }, t('Back to the counter')),
        h('button', { class: 'btn g', onclick: () => selling.again(entry) }, t('Send again')));
    }
    return row('', 'clock', entry.settled ? t('Saved on this till') : t('Sending…'), saying(entry), money(entry.total));
  }

  async function paint() {
    if (desk.view !== 'waiting') return;
    const entries = await outbox.all(), attention = entries.filter(entry => entry.state !== 'waiting');
    send.hidden = entries.length === attention.length;
    file.hidden = !entries.length;
    replace(list, attention.length > 0 && h('li', { class: 'part' }, t('Needs attention')), attention.map(entryRow),
      entries.length > attention.length && h('li', { class: 'part' }, t('Waiting to send')), entries.filter(entry => entry.state === 'waiting').map(entryRow),
      !entries.length && h('li', { class: 'empty' }, icon('check2'), h('h2', {}, t('All sales are sent')), h('span', {}, t('Nothing waits on this till.'))));
  }

  // the last resort when a gateway does not come back: a file that says all of it
  async function exportFile() {
    const entries = (await outbox.all()).map(entry => ({ id: entry.id, state: entry.state, at: new Date(entry.at).toISOString(), total: entry.total, document: bodyOf(entry) }));
    const url = URL.createObjectURL(new Blob([JSON.stringify({ station: desk.station, sales: entries }, null, 1)], { type: 'application/json' }));
    const link = h('a', { href: url, download: `kontor-${desk.station}-${new Date().toISOString().slice(0, 19).replace(/:/g, '')}.json` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  desk.on('outbox', paint);
  desk.on('net', paint);
  return { ...shared(app), node: frame(t('Waiting sales'), () => app.go('sale'), [file, send], list), enter: paint };
}

// What a cashier does, as verbs over desk, catalogue, outbox and gateway. Knows no DOM: it says things through
// desk.emit("say", …), asks for a view through desk.emit("go", …), and for a person's decision through desk.emit("approve", …).
import { ask, reason } from './api.js';
import { label } from './catalogue.js';
import { add, saleDocument, totals } from './cart.js';
import { bare, inStore } from './codes.js';
import { amount, parseQuantity } from './money.js';
import { ENTRIES_MAX } from './outbox.js';
import { HELD_MAX } from './desk.js';
import { money } from '../kit/figures.js';
import { language, t } from '../kit/i18n.js';

const LOOK_UP = 1500;   // ms the queue of scans waits for the gateway to read a label the till cannot read itself

export function createSelling({ desk, catalogue, outbox, sender }) {
  let queue = Promise.resolve(), waiting = 0, finishing = false;
  const say = (text, tone = 'ok', code = '') => desk.emit('say', { text, tone, code });
  const go = view => desk.emit('go', view);

  // ---- scans: first in, first out, each answered by a line or by words

  /** `before` is what stood in the search field: "3*" there means three of what is scanned. */
  function scan(raw, before = '') {
    const times = /^(\d{1,3})[*x×]/i.exec(before.trim());
    if (times && +times[1]) desk.times = +times[1];
    const code = bare(raw);
    if (!waiting && !finishing && catalogue.knows(code)) { take(code); return queue; }
    waiting++;
    queue = queue.then(() => look(code)).finally(() => { waiting--; });
    return queue;
  }

  async function look(code) {
    if (finishing) await finishing;
    if (catalogue.knows(code)) return take(code);
    const answer = desk.reachable ? await ask('GET', '/scan?code=' + encodeURIComponent(code), undefined, LOOK_UP) : { status: 0 };
    if (answer.status === 200) return scanned(code, answer.data);
    return unknown(code, inStore(code) || code.includes('\x1d'));
  }

  function unknown(code, own) {
    desk.times = 1;
    say(own ? t('Label {code} cannot be read while the store gateway does not answer.', { code })
      : t('No product for {code}. Search by name or ask a manager to add it.', { code }), 'bad', code);
  }

  const take = code => { const hit = catalogue.byCode(code); if (counter()) put(hit.item, hit); };

  /** A code that the gateway has read: a label with a weight or price in it, or the serial scanner's. */
  function scanned(code, result) {
    if (!counter()) return;
    const item = result.item && catalogue.bySku(result.item);
    if (!item) { unknown(code, false); return; }
    const own = printed(item, result);
    const unit = result.unit && result.unit !== item.unit ? result.unit : null;
    if (own) line({ ...own, sku: item.sku, ...result.lot && { lot: result.lot }, alone: true }, item);
    else put(item, { unit, price: catalogue.priceOf(item.sku, unit) }, result.lot);
  }

  /** The line of a label that carries its own amount, weight or count, or names one piece; null for an ordinary code. */
  function printed(item, { price, quantity, unit, serial, tracking }) {
    if (serial && tracking === 'serial') return { price: item.price, quantity: 1000, serials: [serial] };
    if (price === undefined || price === null) {
      if (!quantity) return null;
      const pack = unit && unit !== item.unit ? { unit } : {};
      return { ...pack, price: catalogue.priceOf(item.sku, pack.unit), quantity: parseQuantity(quantity) };
    }
    // the label says what is to be paid, and perhaps the weight: let no rounding change the amount
    const weight = quantity && item.price ? parseQuantity(quantity) : 0;
    const more = amount(item.price, weight) - price;
    if (weight && more >= 0) return { price: item.price, quantity: weight, ...more && { off: more } };
    if (!item.weighed || !item.price) return { price, quantity: 1000 };
    const near = Math.round(price * 1000 / item.price);
    if (near && amount(item.price, near) === price) return { price: item.price, quantity: near };
    const over = Math.ceil(price * 1000 / item.price);
    return { price: item.price, quantity: over, off: amount(item.price, over) - price };
  }

  /** Is somebody at the counter? A scan in Pay returns to the sale, a scan in Done starts the next one. */
  function counter() {
    if (!desk.person || desk.blocked) { say(desk.blocked ? t('Finish what is on the screen first.') : t('Sign in to sell.'), 'bad'); return false; }
    desk.emit('clear');
    if (desk.sold) next();
    if (desk.view !== 'sale') go('sale');
    return true;
  }

  function put(item, { unit = null, price = item.price }, lot) {
    if (item.weighed && !unit) {
      desk.times = 1;
      desk.weighing = item;
      go('weigh');
      desk.emit('tone', 'ok');
    } else line({ sku: item.sku, price, quantity: 1000 * desk.times, ...unit && { unit }, ...lot && { lot, alone: true } }, item);
  }

  function line(wanted, item) {
    const before = desk.cart;
    desk.times = 1;
    desk.setCart(add(before, wanted));
    if (desk.cart === before) say(t('A sale holds at most 500 lines. Finish this one first.'), 'bad');
    else say(t('Added {name} · {amount}', { name: label(item), amount: money(amount(wanted.price, wanted.quantity) - (wanted.off || 0)) }));
  }

  /** A tile or a search result. */
  function choose(sku) {
    const item = catalogue.bySku(sku);
    if (item && counter()) put(item, {});
  }

  function addWeighed({ quantity, reading, state }) {
    if (state !== 'ready') return;
    const item = desk.weighing;
    desk.weighing = null;
    line({ sku: item.sku, price: item.price, quantity, reading, alone: true }, item);
    go('sale');
  }

  // ---- holding

  function hold() {
    if (!desk.cart.lines.length || desk.sold) { go(desk.held.length ? 'held' : 'sale'); return; }
    if (desk.held.length >= HELD_MAX) { say(t('{n} sales are on hold already. Finish one of them first.', { n: HELD_MAX }), 'bad'); return; }
    desk.hold();
    say(t('Sale is on hold on this till'));
    go('sale');
  }

  function recall(at) { if (desk.sold) next(); desk.recall(at); reprice(); go('sale'); }

  /** Lines follow the catalogue until they are paid; a label keeps what is printed on it. */
  function reprice() {
    let changed = false;
    const lines = desk.cart.lines.map(l => {
      const price = l.alone && !l.reading ? l.price : catalogue.priceOf(l.sku, l.unit);
      if (price === undefined || price === l.price) return l;
      changed = true;
      return { ...l, price };
    });
    if (!changed) return;
    desk.setCart({ ...desk.cart, lines });
    say(t('Prices have changed. Please check the total.'), 'warn');
  }

  // ---- paying

  // known beforehand, so that the digits typed right after F12 find the keypad there
  let unsent = 0;
  const count = async () => { unsent = await outbox.count(); };
  desk.on('outbox', count);
  count();

  function pay() {
    if (!desk.cart.lines.length || desk.sold) return;
    if (unsent >= ENTRIES_MAX) {
      say(t('{n} sales wait on this till and none has been sent. Bring the gateway back or export them before selling on.', { n: ENTRIES_MAX }), 'bad');
      return;
    }
    desk.received = '';
    go('pay');
  }

  /** Outbox first, then the network. Pressed twice, it happens once. */
  function finish(received) {
    const { due, rounding } = totals(desk.cart, catalogue.terms, true);
    if (finishing || desk.sold || !desk.cart.lines.length || received < due) return finishing;
    finishing = store(due, received, rounding).finally(() => { finishing = false; });
    return finishing;
  }

  async function store(due, received, rounding) {
    const at = Date.now();
    const body = saleDocument(desk.cart, {
      station: desk.station, at: new Date(at).toISOString(), tenders: received || rounding ? [{ type: 'cash', amount: received }] : [],   // a total that 抹零 takes whole is paid in cash too
    });
    // sold behind the amber strip: goods and money change hands whatever the gateway says later
    const entry = { id: desk.saleId, body, total: due, change: received - due, at, cart: desk.cart, settled: !desk.reachable };
    let stored = false;
    try { stored = await outbox.add(entry); } catch (fault) { /* no room on the disk, or a private window */ }
    if (!stored) { say(t('This till could not keep the sale. Nothing was sold; free some space on this device and try again.'), 'bad'); return; }
    const cart = desk.cart;
    desk.fresh();
    desk.sold = { id: entry.id, cart, rounding, total: due, change: entry.change, at, state: 'sending' };
    desk.keep();
    go('done');
    desk.emit('outbox');
    sender.flush();
  }

  function next() {
    desk.put({ sold: null });
    desk.emit('say', { text: '' });
    desk.emit('cart');
    go('sale');
  }

  // ---- what the gateway said about a sale

  /** From the sender: {kind, entry, answer}. */
  function heard({ kind, entry, answer }) {
    const answers = kind !== 'silent';
    if (answers !== desk.reachable) { desk.reachable = answers; desk.emit('net'); }
    const sold = desk.sold && desk.sold.id === entry.id ? desk.sold : null;
    if (kind === 'saved') {
      const { seq, number, warnings, total = entry.total, change = entry.change } = answer.data || {};
      desk.put({ last: { id: entry.id, number } });
      if (sold) Object.assign(sold, { state: 'store', seq, number, total, change, stored: Date.now(), warnings: warnings || [] });
      reached();
    } else if (sold) {
      Object.assign(sold, { state: kind === 'approval' || kind === 'refused' ? kind : 'till', answer: answer.data });
    }
    desk.emit('sold');
    desk.emit('outbox');
    if (kind === 'approval' && sold) decide(entry.id);
    if (kind === 'refused' && sold) say(t('The store did not take this sale: {reason}', { reason: reason(answer.data, language) }), 'bad');
    if (kind === 'signed-out') desk.emit('signed-out');
  }

  /** Headquarters has come this far. */
  function reached() {
    const { sold, hq } = desk;
    if (sold && sold.seq && hq && !sold.hq && hq.applied_seq >= sold.seq) { sold.hq = Date.now(); desk.emit('sold'); }
  }

  /** A manager's word for a sale that needs it; resolves to "" or to why it did not help. */
  async function approve(entry, approval) {
    const answer = await ask('PUT', '/documents/' + entry.id, { ...entry.body, approval });
    const about = reason(answer.data, language);
    const ofPerson = ((answer.data && answer.data.errors) || []).some(e => /^approval/.test(e.path));
    if (answer.status === 200 || answer.status === 201) {
      await outbox.remove(entry.n);
      heard({ kind: 'saved', entry, answer });
      return '';
    }
    if (answer.status === 0) return t('The store gateway is not answering. Try again in a moment.');
    if (answer.status === 409 || (answer.status === 422 && !ofPerson)) {
      await outbox.update(entry.n, { state: 'refused', answer: { status: answer.status, at: Date.now(), data: answer.data } });
      heard({ kind: 'refused', entry, answer });
      return '';
    }
    return about || t('This was not approved.');
  }

  /** A refused sale goes back to the counter to be put right; it was never posted, and gets a new id. */
  async function reopen(entry) {
    await outbox.remove(entry.n);
    if (desk.sold) next();
    if (desk.cart.lines.length) desk.hold();
    desk.setCart(entry.cart);
    desk.emit('outbox');
    go('sale');
  }

  /** The gateway asks for a person's decision about the sale on the screen. */
  async function decide(id) {
    const entry = (await outbox.all()).find(e => e.id === id);
    if (!entry) next();
    else if (entry.state === 'refused') await reopen(entry);
    else desk.emit('approve', entry);
  }

  /** Somebody has decided elsewhere about a sale that waits here: ask what became of it. */
  async function decided(id) {
    const entry = (await outbox.all()).find(e => e.id === id && e.state === 'approval');
    if (!entry) return;
    await again(entry);
    if (desk.blocked && !await outbox.get(entry.n)) desk.emit('clear');
  }

  const again = async entry => { await outbox.update(entry.n, { state: 'waiting' }); desk.emit('outbox'); return sender.flush(); };

  async function act(path, done, body = {}) {
    const answer = await ask('POST', path, body);
    if (answer.status >= 200 && answer.status < 300) say(done);
    else say(answer.status ? reason(answer.data, language) || t('This did not work.') : t('The store gateway is not answering. Try again in a moment.'), 'bad');
    return answer;
  }
  const drawer = () => act(`/stations/${desk.station}/drawer`, t('Drawer opened'));
  const print = id => act(`/documents/${id}/print`, t('The receipt is on its way to the printer'), { station: desk.station });

  return { scan, scanned, choose, addWeighed, hold, recall, reprice, pay, finish, next, heard, reached, approve, reopen, decide, decided, again, drawer, print };
}

// Puts the till together: boot data, store, catalogue, stream, views and keys. The only module that knows them all.
import { $, replace } from '../kit/dom.js';
import { live } from '../kit/live.js';
import { t } from '../kit/i18n.js';
import '../kit/theme.js';
import { ask, session, setToken } from './api.js';
import { move, remove, step } from './cart.js';
import { createCatalogue, readStored, refresh } from './catalogue.js';
import { createDesk } from './desk.js';
import { followCart } from './display.js';
import { createKitchenAlarm } from './kitchen.js';
import { createOutbox, createSender, openDatabase } from './outbox.js';
import { createSelling } from './selling.js';
import { tone } from './tone.js';
import { listen } from './wedge.js';
import { cartView } from './views/cart.js';
import { createDialogs } from './views/dialogs.js';
import { doneView } from './views/done.js';
import { createFrame } from './views/frame.js';
import { heldView, waitingView } from './views/lists.js';
import { payView } from './views/pay.js';
import { saleView } from './views/sale.js';
import { signInView } from './views/signin.js';
import { weighView } from './views/weigh.js';

const STOCK_PAGES_MAX = 20;      // of 1,000 rows: what a till needs for "4 left"; a larger shop does without the rest
const MISSED_SCANS_AFTER = 3000; // ms without a stream: scans made meanwhile were not meant for this page any more

const boot = JSON.parse($('#boot').textContent);
const named = [new URLSearchParams(location.search).get('station'), boot.station, localStorage.getItem('kontor_station')];
const station = named.find(name => /^[a-z0-9-]{1,32}$/.test(name || '')) || 'till-1';
localStorage.setItem('kontor_station', station);
setToken(boot.csrf_token, boot.person && boot.person.person);

const database = await openDatabase().catch(() => null);
if (!database) {
  replace($('#app'), t('This browser cannot keep sales safe, because its storage is switched off. Open the till in an ordinary window.'));
  throw new Error('no IndexedDB: the till does not start');
}

// Icons live in the page: a sprite fetched anew for every new node would leave gaps once the gateway is silent.
const sprite = $('meta[name=icons]');
await fetch(sprite.content).then(answer => answer.ok ? answer.text() : '').then(text => {
  const { documentElement: svg } = new DOMParser().parseFromString(text, 'image/svg+xml');
  if (svg.localName !== 'svg') return;
  svg.setAttribute('hidden', '');
  document.body.append(document.importNode(svg, true));
  sprite.content = '';
}).catch(() => {});

const desk = createDesk(station), catalogue = createCatalogue(), outbox = createOutbox(database), stock = new Map();
const sender = createSender({ outbox, send: (entry, body) => ask('PUT', '/documents/' + entry.id, body), on: event => { tabs.postMessage(event); return selling.heard(event); } });
// whichever tab sends a sale, the one that rang it up says so
const tabs = new BroadcastChannel('kontor-till');
tabs.onmessage = event => selling.heard(event.data);
const selling = createSelling({ desk, catalogue, outbox, sender });
const app = { boot: { ...boot, station }, desk, catalogue, outbox, sender, selling, stock, people: [], go, signedIn, signOut, printLast, safe };
selling.probe = probe;
if (boot.displays.includes(station)) followCart(desk, catalogue.terms);
const worker = new Worker(new URL('catalogue-worker.js', import.meta.url));

/** Does a reload with the gateway down come back? */
function safe() { return !!(navigator.serviceWorker && navigator.serviceWorker.controller); }

const stored = await readStored(database).catch(() => null);
if (stored) catalogue.load(stored);
const kept = await outbox.all();
// the page ended between writing the sale and clearing the counter: the sale is sold
if (kept.some(entry => entry.id === desk.saleId)) desk.fresh();
if (!boot.shell) desk.put({ person: boot.person });
else setToken(null, desk.person && desk.person.person);
desk.reachable = !boot.shell;

const dialogs = app.dialogs = createDialogs(app);
createFrame(app);
const kitchen = boot.kitchens.length ? createKitchenAlarm(desk) : null;
const cart = cartView({ ...app, tone: kind => desk.silent || tone(kind) });
const views = {
  signin: signInView(app), sale: saleView(app), pay: payView(app), weigh: weighView(app), done: doneView(app), held: heldView(app), waiting: waitingView(app),
};
let view = null;

function go(name) {
  if (!desk.person) name = 'signin';
  else if (desk.sold && name === 'sale') name = 'done';
  const entered = views[name];
  const main = $('#till');
  if (view !== entered) {
    main.className = `till in-${name}`;
    replace(main, entered.node, !entered.whole && cart.node);
    view = entered;
  }
  if (name !== 'sale' && name !== desk.view) desk.emit('say', { text: '' });
  desk.put({ view: name });
  if (!entered.whole) cart.use(entered);
  entered.enter();
}
desk.on('go', go);
desk.on('tone', kind => desk.silent || tone(kind));
desk.on('approve', dialogs.approve);
desk.on('signed-out', async () => {
  const now = await session();
  if (now.status !== 401) return;
  desk.put({ person: null });
  desk.emit('person');
  go('signin');
  if (now.taken) views.signin.explain(t('Somebody else signed in on another page of this browser. Sign in again to go on selling.'));
});

function start() {
  go(desk.sold ? 'done' : desk.view === 'pay' && desk.cart.lines.length ? 'pay' : desk.view === 'weigh' && desk.weighing ? 'weigh' : 'sale');
}

function printLast() {
  if (desk.last) selling.print(desk.last.id);
  else desk.emit('say', { text: t('No receipt has been printed from this till yet.'), tone: 'warn' });
}

// ---- people

function signedIn(person) {
  desk.put({ person, leaving: false });
  desk.emit('person');
  start();
  connect();
}

/** Leaves everything that waits where it is. */
async function signOut() {
  desk.put({ person: null, leaving: true });
  desk.emit('person');
  go('signin');
  const answer = await ask('DELETE', '/session');
  if (answer.status && answer.status < 500) { setToken(null); desk.put({ leaving: false }); }
}

// ---- the gateway

/** Is the gateway there? The stream only says that it broke; this says whether anyone answers at all. */
async function probe() {
  const answer = await session();
  net(answer.status > 0);
  if (answer.status === 401 && desk.person) desk.emit('signed-out');
}

function net(reachable) {
  if (reachable === desk.reachable) return;
  desk.reachable = reachable;
  desk.emit('net');
  if (reachable) sender.flush();
}

async function newCatalogue() {
  const data = await refresh(worker);
  if (!data || data.version === catalogue.version) return;
  catalogue.load(data);
  desk.emit('catalogue');
  selling.reprice();
  desk.emit('cart');
}

const shelf = new Map();   // sku -> Map of lot -> { held, free }
function onShelf({ item, location: place, lot, on_hand: held, available: free }) {
  if (place !== 'shop') return;
  if (!shelf.has(item)) shelf.set(item, new Map());
  shelf.get(item).set(lot || '', { held: Math.round(+held * 1000), free: Math.round(+free * 1000) });
  stock.set(item, [...shelf.get(item).values()].reduce((sum, cell) => sum + cell.free, 0));
}
// A live figure says what is held. All of it is free where all was; where some was promised or blocked, what is free is asked.
async function onShelfNow(row) {
  const known = shelf.get(row.item)?.get(row.lot || '');
  if (!known || known.held === known.free) onShelf({ ...row, available: row.on_hand });
  else {
    const answer = await ask('GET', `/stock?location=shop&limit=1000&item=${encodeURIComponent(row.item)}`);
    if (answer.status === 200) answer.data.rows.forEach(onShelf);
  }
  desk.emit('stock', row.item);
}
async function readStock() {
  let after = '';
  for (let page = 0; page < STOCK_PAGES_MAX; page++) {
    const answer = await ask('GET', `/stock?location=shop&limit=1000${after && '&after=' + encodeURIComponent(after)}`);
    if (answer.status !== 200) break;
    answer.data.rows.forEach(onShelf);
    after = answer.data.next;
    if (!after) break;
  }
  desk.emit('catalogue');
}

async function readReplication() {
  const answer = await ask('GET', '/replication');
  if (answer.status === 200) { desk.hq = answer.data; selling.reached(); desk.emit('net'); }
}

function receipt(job) {
  if (!job.kitchen && desk.sold && desk.sold.id === job.document) { desk.sold.print = job; desk.emit('sold'); }
}
async function readReceipts() {
  const answer = desk.sold && await ask('GET', '/print-jobs?document=' + desk.sold.id);
  if (answer && answer.status === 200) answer.data.rows.reverse().forEach(receipt);
}

let connected = false, listening = false, silentSince = 0, openedAt = 0;
function connect() {
  sender.flush();
  newCatalogue();
  readStock();
  readReplication();
  if (connected) return;
  connected = true;
  live.ask({ station });
  let ownScale = false;
  live.on('weight', weight => {
    if (weight.station === station) ownScale = true;   // told as soon as the page listens; what a shared scale says is for others
    else if (weight.station || ownScale) return;
    desk.weight = weight;
    desk.emit('weight');
  });
  live.on('scan', ({ station: at, code, result }) => {
    if ((at && at !== station) || Date.now() - openedAt < 500) return;
    selling.scanned(code, result || { item: null });
  });
  live.on('replication', hq => { desk.hq = { ...desk.hq, ...hq }; selling.reached(); desk.emit('net'); });
  live.on('document', ({ id }) => selling.decided(id));
  live.on('print', receipt);
  if (kitchen) { kitchen.read(); live.on('kitchen', kitchen.heard); }
  live.on('device', device => {
    if (device.class === 'Scale' && device.state !== 'online' && desk.weight && desk.weight.device === device.name) {
      desk.weight = { ...desk.weight, status: 'lost', weight: null, reading: null };
      desk.emit('weight');
    }
  });
  let changed = 0;
  live.on('item', () => { clearTimeout(changed); changed = setTimeout(newCatalogue, 300); });   // an import changes many at once
  live.on('stock', onShelfNow);
  live.on('resync', () => { desk.emit('missed'); newCatalogue(); readStock(); readReplication(); readReceipts(); if (kitchen) kitchen.read(); });
  live.watch(state => {
    if (state === 'late') {
      silentSince = silentSince || Date.now();
      listening = false;
      desk.weight = null;      // an old weight is no weight
      desk.emit('weight');
      net(false);
      probe();
    }
    if (state === 'live') {
      if (silentSince && Date.now() - silentSince > MISSED_SCANS_AFTER) openedAt = Date.now();
      silentSince = 0;
      net(true);
      if (!listening) { listening = true; desk.emit('missed'); }
    }
  });
}
document.addEventListener('visibilitychange', () => {
  if (document.hidden) { silentSince = silentSince || Date.now(); listening = false; desk.weight = null; }
  else { desk.emit('outbox'); if (desk.person) sender.flush(); }
});
addEventListener('online', () => desk.person && sender.flush());
// without a service worker a closed page cannot be opened again until the gateway is back
addEventListener('beforeunload', event => { if (!desk.reachable && !safe()) { event.preventDefault(); event.returnValue = ''; } });

// ---- keys

// A pressed button does not keep the focus: the next Enter belongs to the scanner or to the big button, not to the last tile.
$('#app').addEventListener('mousedown', event => { if (event.target.closest('button')) event.preventDefault(); });

function key(event) {
  if (dialogs.open || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const own = view.keys[event.key], selected = desk.cart.selected, onButton = event.target.closest && event.target.closest('button, a');
  const handled = () => event.preventDefault();
  if (own && !(event.key === 'Enter' && onButton)) { handled(); own(); return; }
  if (event.key === 'F12' && view === views.sale) { handled(); selling.pay(); return; }
  if (event.key === 'Escape') { handled(); view.escape(); return; }
  if (event.key === 'Enter') {
    if (view.submit && view.submit()) handled();
    else if (view !== views.sale && !onButton) { handled(); cart.press(); }
    return;
  }
  if (view !== views.sale || desk.sold || (event.target === views.sale.field && views.sale.field.value)) return;
  const moves = { ArrowDown: c => move(c, 1), ArrowUp: c => move(c, -1), Delete: c => remove(c, selected) };
  if (moves[event.key] && selected !== null) { handled(); desk.setCart(moves[event.key](desk.cart)); }
}

listen(window, {
  known: code => catalogue.knows(code),
  field: () => view === views.sale ? views.sale.field : null,
  place(element) {
    if (element && element !== views.sale.field && element.matches('input, textarea, select')) return 'other';
    return dialogs.open ? 'none' : view.place;
  },
  // + and - change the selected line unless something is being typed
  before(ch) {
    if (view !== views.sale || dialogs.open || views.sale.field.value || desk.sold || desk.cart.selected === null || !/^[+-]$/.test(ch)) return false;
    desk.setCart(step(desk.cart, desk.cart.selected, ch === '+' ? 1 : -1));
    return true;
  },
  type: (ch, starts) => view.type && view.type(ch, starts),
  undo: () => view.undo && view.undo(),
  changed: () => view === views.sale && views.sale.changed(),
  scan: (code, before) => selling.scan(code, before),
  key,
});

// ---- begin

if (boot.person && desk.leaving) { await ask('DELETE', '/session'); desk.put({ person: null, leaving: false }); }
if (desk.person) { start(); connect(); } else go('signin');
if (boot.shell) probe();
if (isSecureContext && navigator.serviceWorker) {
  navigator.serviceWorker.register('/till-sw.js?base=' + encodeURIComponent(new URL('../../', import.meta.url).pathname), { scope: '/till' }).catch(() => {});
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
}
document.documentElement.dataset.ready = 'yes';

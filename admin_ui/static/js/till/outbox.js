// Sales that the gateway has not answered for yet. They belong to the device, not to the person signed in, and leave this
// store only when the gateway has said "posted" or "exists" - or by a person's decision, when it has refused them.
// The store knows order and bounds; `createSender` knows when to try again. Neither knows the page.

export const ENTRIES_MAX = 2000;          // a day and a half of a busy till; past it the till says so and stops selling
const RETRY_SECONDS = [1, 2, 4, 5];       // then every 5 s for ever: the gateway is one cable away
const BUSY_TRIES = 4;                     // after so many "busy" answers the customer has left with the goods

const done = request => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

export async function openDatabase(name = 'kontor-till') {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore('outbox', { keyPath: 'n', autoIncrement: true }).createIndex('id', 'id', { unique: true });
    request.result.createObjectStore('catalogue');
  };
  return done(request);
}

/** Entries are {n, id, body, total, change, at, state: "waiting"|"approval"|"refused", settled, tries, answer}. */
export function createOutbox(database) {
  const store = mode => database.transaction('outbox', mode, { durability: 'strict' }).objectStore('outbox');
  return {
    /** False when the outbox is full: then nothing was written. */
    async add(entry) {
      const table = store('readwrite');
      if (await done(table.count()) >= ENTRIES_MAX) return false;
      const written = done(table.add({ state: 'waiting', settled: false, tries: 0, answer: null, ...entry }));
      await new Promise((resolve, reject) => {
        table.transaction.oncomplete = resolve;
        table.transaction.onabort = () => reject(table.transaction.error);
        written.catch(reject);
      });
      return true;
    },
    all: () => done(store('readonly').getAll()),
    get: n => done(store('readonly').get(n)),
    count: () => done(store('readonly').count()),
    remove: n => done(store('readwrite').delete(n)),
    /** Change an entry that is still there; one that another tab has sent meanwhile stays gone. */
    async update(n, values) {
      const table = store('readwrite'), entry = await done(table.get(n));
      if (entry) await done(table.put({ ...entry, ...values }));
    },
  };
}

/** What goes over the wire: a sale that happened while the gateway was silent says so. */
export const bodyOf = entry => entry.settled ? { ...entry.body, settled: true } : entry.body;

const verdicts = { 200: 'saved', 201: 'saved', 202: 'approval', 401: 'signed-out', 403: 'signed-out', 408: 'busy', 429: 'busy' };

/** What an HTTP answer means for an entry. Only a clear refusal of this very document is a refusal. */
export const verdict = status => verdicts[status] || (status >= 500 ? 'busy' : 'refused');

/**
 * `send(entry)` resolves to {status, data, after?}, status 0 = no answer. `on` hears {kind, entry, answer}; kind is a
 * verdict or "silent". Two tabs: Web Locks where there are any; elsewhere both may send, which the same id makes harmless.
 */
export function createSender({ outbox, send, on, random = Math.random }) {
  let running = null, again = false, timer = 0, tries = 0;

  const later = seconds => {
    clearTimeout(timer);
    timer = setTimeout(flush, seconds * 1000 * (0.8 + 0.4 * random()));
  };

  async function one(entry) {
    const answer = await send(entry, bodyOf(entry));
    const kind = answer.status ? verdict(answer.status) : 'silent';
    const said = { status: answer.status, at: Date.now(), data: answer.data };
    if (kind === 'saved') await outbox.remove(entry.n);
    else if (kind === 'approval' || kind === 'refused') await outbox.update(entry.n, { state: kind, answer: said });
    else {
      const settled = entry.settled || kind === 'silent' || (kind === 'busy' && entry.tries + 1 >= BUSY_TRIES);
      await outbox.update(entry.n, { tries: entry.tries + 1, answer: said, settled });
      if (kind === 'silent') await settleAll();
    }
    await on({ kind, entry, answer });
    return { kind, after: answer.after };
  }

  // every sale that waits behind a silent gateway has been handed over as well
  async function settleAll() {
    for (const other of await outbox.all()) {
      if (other.state === 'waiting' && !other.settled) await outbox.update(other.n, { settled: true });
    }
  }

  async function round() {
    clearTimeout(timer);
    for (const { n } of (await outbox.all()).filter(entry => entry.state === 'waiting')) {
      const entry = await outbox.get(n);
      if (!entry || entry.state !== 'waiting') continue;
      const { kind, after } = await one(entry);
      if (kind === 'signed-out') return;
      if (kind === 'silent' || kind === 'busy') {
        later(Math.max(after || 0, RETRY_SECONDS[Math.min(tries++, RETRY_SECONDS.length - 1)]));
        return;
      }
      tries = 0;
    }
  }

  const exclusive = work => navigator.locks
    ? navigator.locks.request('kontor-outbox', { ifAvailable: true }, lock => lock ? work() : later(1))
    : work();

  /** Send what waits, oldest first. Calls while a round runs make it run once more. */
  function flush() {
    if (running) { again = true; return running; }
    running = exclusive(round).catch(() => later(RETRY_SECONDS[3])).finally(() => {
      running = null;
      if (again) { again = false; flush(); }
    });
    return running;
  }

  return { flush, one, stop: () => clearTimeout(timer) };
}

// The shop's items in memory, found by code in one Map look-up and by name in one pass. The rows are the gateway's own
// compact arrays, kept as they come: [sku, name, name_zh, price, unit, weighed, category, category_zh, codes, packs, tax].
import { spellings } from './codes.js';
import { named } from '../kit/i18n.js';
import { amount, parseQuantity } from './money.js';
import { PLAIN } from './taxes.js';

const SKU = 0, NAME = 1, NAME_ZH = 2, PRICE = 3, UNIT = 4, WEIGHED = 5, CATEGORY = 6, CATEGORY_ZH = 7, CODES = 8, PACKS = 9, TAX = 10;
export const TILES_MAX = 120;   // nodes a tablet lays out without a pause; the rest is found by typing

const done = request => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** What the till keeps in its own store, or null: works with the gateway down. */
export async function readStored(database) {
  const store = database.transaction('catalogue').objectStore('catalogue');
  const head = await done(store.get('head'));
  if (!head) return null;
  const chunks = await Promise.all(Array.from({ length: head.chunks }, (_, k) => done(store.get(k))));
  return chunks.every(Boolean) ? { version: head.version, money: head.money, items: [].concat(...chunks) } : null;
}

/** Rows as named facts. `packs` maps a pack unit to its factor in thousandths. */
const item = row => ({
  sku: row[SKU], name: row[NAME], name_zh: row[NAME_ZH], price: row[PRICE], unit: row[UNIT], weighed: row[WEIGHED],
  code: row[CODES][0] ? row[CODES][0][0] : row[SKU],
});

/** A name for a narrow tile: a figure and its unit stay on one line. */
export const label = item => named(item).replace(/(\d|×) (?=\S{1,3}(\s|$))/g, '$1\u00a0');

/** 0: a name or code is the text, 1: one begins with it, 2: it stands somewhere inside. */
const rank = (words, typed) => `\n${words}\n`.includes(`\n${typed}\n`) ? 0 : `\n${words}`.includes(`\n${typed}`) ? 1 : 2;

export function createCatalogue() {
  let rows = [], bySku = new Map(), byCode = new Map(), words = [], groups = [], version = null;
  const terms = { money: PLAIN, taxOf: sku => (rows[bySku.get(sku)] || [])[TAX] };

  function load(data) {
    version = data.version;
    terms.money = data.money || PLAIN;
    rows = data.items;
    bySku = new Map();
    byCode = new Map();
    words = [];
    const seen = new Map();
    rows.forEach((row, at) => {
      bySku.set(row[SKU], at);
      for (const [code, unit] of row[CODES]) byCode.set(code, { at, unit });
      words.push(`${row[NAME]}\n${row[NAME_ZH] || ''}\n${row[SKU]}\n${row[CODES].map(c => c[0]).join('\n')}`.toLowerCase());
      if (row[CATEGORY] && !seen.has(row[CATEGORY])) seen.set(row[CATEGORY], { key: row[CATEGORY], name: row[CATEGORY], name_zh: row[CATEGORY_ZH] });
    });
    groups = [...seen.values()];
  }

  const find = code => {
    for (const spelling of spellings(code)) if (byCode.has(spelling)) return byCode.get(spelling);
    return bySku.has(code) ? { at: bySku.get(code), unit: null } : null;
  };

  return {
    load, terms,
    get version() { return version; },
    get size() { return rows.length; },
    get groups() { return groups; },
    knows: code => !!find(code),
    /** {item, unit, price}: unit and price of a pack when the code is a pack's. */
    byCode(code) {
      const hit = find(code);
      return hit && { item: item(rows[hit.at]), unit: hit.unit, price: this.priceOf(rows[hit.at][SKU], hit.unit) };
    },
    bySku: sku => bySku.has(sku) ? item(rows[bySku.get(sku)]) : null,
    priceOf(sku, unit) {
      const row = rows[bySku.get(sku)];
      const pack = unit && row && row[PACKS].find(p => p[0] === unit);
      return row && (pack ? amount(row[PRICE], parseQuantity(pack[1])) : row[PRICE]);
    },
    /** Items of a category (null: all) or matching a text, at most TILES_MAX, and whether there are more: first the item
        whose name or code is the text, then those whose name begins with it; Enter takes the first. */
    search(text, category) {
      const typed = text.trim().toLowerCase(), wanted = typed.split(/\s+/).filter(Boolean), ranks = [[], [], []];
      for (let at = 0; at < rows.length && (wanted.length || ranks[2].length <= TILES_MAX); at++) {
        const fits = wanted.length ? wanted.every(word => words[at].includes(word)) : !category || rows[at][CATEGORY] === category;
        if (fits) ranks[wanted.length ? rank(words[at], typed) : 2].push(at);
      }
      const found = ranks.flat();
      return { items: found.slice(0, TILES_MAX).map(at => item(rows[at])), more: found.length > TILES_MAX };
    },
  };
}

/** Ask the gateway for a newer catalogue off the main thread; resolves to the new data, or null when there is none. */
export function refresh(worker, headers) {
  return new Promise(resolve => {
    worker.onmessage = event => resolve(event.data);
    worker.onerror = () => resolve(null);
    worker.postMessage(headers || {});
  });
}

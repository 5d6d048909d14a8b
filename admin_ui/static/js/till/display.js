// Tells the customer's display what is rung up. Only the newest matters, so one message waits at most; a display that
// cannot be reached delays nothing, and its device says why.
import { ask } from './api.js';
import { lineTotal, totals } from './cart.js';
import { thousandthsText } from './money.js';

const PAUSE = 120;   // ms: a held key counts up faster than a person reads

export function followCart(desk, terms) {
  let timer = 0, before = desk.cart, sending = false, again = false;
  /** The line that came or changed; none where only one went. */
  const changed = () => {
    const known = new Map(before.lines.map(line => [line.key, line]));
    before = desk.cart;
    return desk.cart.lines.findLast(line => known.get(line.key) !== line);
  };
  async function tell() {
    if (sending) { again = true; return; }
    const line = changed(), empty = !desk.cart.lines.length;
    sending = true;
    await ask('PUT', `/stations/${desk.station}/display`, empty ? {} : {
      due: totals(desk.cart, terms).due, ...line && { item: line.sku, quantity: thousandthsText(line.quantity), amount: lineTotal(line) },
    });
    sending = false;
    if (again) { again = false; tell(); }
  }
  desk.on('cart', () => {
    if (desk.cart.lines === before.lines || !desk.reachable || !desk.person) return;
    clearTimeout(timer);
    timer = setTimeout(tell, PAUSE);
  });
}

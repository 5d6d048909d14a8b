// What this till remembers between key presses and over a reload: the sale being rung up, held sales, who is signed in.
// Everything small lives in localStorage because it is written before the next key; finished sales live in the outbox.
import { emptyCart } from './cart.js';
import { uuid7 } from './uuid7.js';

export const HELD_MAX = 20;   // more open sales than a counter has customers

export function createDesk(station, storage = localStorage) {
  const key = 'kontor_till ' + station, heard = {};
  let kept = {};
  try { kept = JSON.parse(storage.getItem(key)) || {}; } catch (fault) { /* written by another version: start afresh */ }

  // two tabs on one till: an empty counter starts under an id of its own, a copied sale keeps its id and is sold once
  if (!kept.cart || !kept.cart.lines.length) delete kept.saleId;

  const desk = {
    station,
    // kept over a reload, so that a language switch or a restart in the middle of a sale changes nothing
    cart: emptyCart(), saleId: uuid7(), held: [], sold: null, weighing: null, received: '', view: 'sale',
    person: null, leaving: false, last: null, silent: false, ...kept,
    // true only now
    times: 1, reachable: true, hq: null, weight: null, blocked: false,
    on(event, listener) { (heard[event] = heard[event] || new Set()).add(listener); },
    emit(event, data) { for (const listener of heard[event] || []) listener(data); },
    keep() {
      const { cart, saleId, held, sold, weighing, received, view, person, leaving, last, silent } = desk;
      const values = { cart, saleId, held, sold, weighing, received, view, person, leaving, last, silent };
      try { storage.setItem(key, JSON.stringify(values)); } catch (fault) { /* full: the sale goes on */ }
    },
    put(values) { Object.assign(desk, values); desk.keep(); },
    setCart(cart) { desk.put({ cart }); desk.emit('cart'); },
    /** A new sale under a new id. */
    fresh() { Object.assign(desk, { saleId: uuid7(), times: 1, weighing: null, received: '' }); desk.setCart(emptyCart()); },
    hold(now = Date.now()) {
      desk.held = [...desk.held, { cart: desk.cart, at: now }];
      desk.fresh();
      desk.emit('held');
    },
    /** Take a held sale back to the counter; a sale under way is held in its place. */
    recall(at, now = Date.now()) {
      const { cart } = desk.held[at], rest = desk.held.filter((_, i) => i !== at);
      desk.held = desk.cart.lines.length ? [...rest, { cart: desk.cart, at: now }] : rest;
      desk.fresh();
      desk.setCart(cart);
      desk.emit('held');
    },
  };
  return desk;
}

// One sale while it is rung up. Pure: a function takes a cart and returns a new one; nothing here touches page or network.
import { amount, thousandthsText } from './money.js';
import { PLAIN, roundingOf, taxesOf } from './taxes.js';

export const LINES_MAX = 500;            // what the gateway takes in one document
export const QUANTITY_MAX = 9_999_000;   // thousandths: a typed barcode must not become a quantity

export const emptyCart = () => ({ lines: [], selected: null, next: 1 });

const gross = line => amount(line.price, line.quantity);

/** What is taken off a line; never more than the line. A percentage follows the quantity, an amount does not. */
export function discountOf(line) {
  const whole = gross(line);
  return Math.min(whole, line.percent ? amount(whole, line.percent * 10) : line.off || 0);
}

export const lineTotal = line => gross(line) - discountOf(line);

/** What is to be paid. `terms` are the shop's rules and {taxOf: sku => class}; `tax` is only what comes on top of the prices. */
export function totals(cart, terms = { money: PLAIN }, cash = false) {
  const subtotal = cart.lines.reduce((sum, line) => sum + gross(line), 0);
  const discount = cart.lines.reduce((sum, line) => sum + discountOf(line), 0);
  const parts = terms.money.inclusive ? [] : taxesOf(cart.lines.map(line => ({ tax: terms.taxOf(line.sku), amount: lineTotal(line) })), terms.money);
  const tax = parts.reduce((sum, part) => sum + part.tax, 0), total = subtotal - discount + tax;
  const rounding = roundingOf(total, cash, terms.money);
  return { subtotal, discount, tax, rounding, due: total + rounding };
}

/** Pieces for a person: a weighed or labelled line counts as one. */
export const pieces = cart => cart.lines.reduce((n, line) => n + (line.alone ? 1 : Math.round(line.quantity / 1000)), 0);

/**
 * Add {sku, price, quantity, unit?, reading?, off?, alone?}. Equal items merge into one line, unless the line stands alone:
 * a weighing and a weight label are each one thing on the counter.
 */
export function add(cart, wanted) {
  const same = !wanted.alone && cart.lines.find(line => !line.alone && !line.percent && !line.off
    && line.sku === wanted.sku && line.unit === wanted.unit && line.price === wanted.price);
  if (same) return { ...setQuantity(cart, same.key, same.quantity + wanted.quantity), selected: same.key };
  if (cart.lines.length >= LINES_MAX) return cart;
  const line = { ...wanted, key: cart.next };
  return { lines: [...cart.lines, line], selected: line.key, next: cart.next + 1 };
}

const change = (cart, key, values) => ({ ...cart, lines: cart.lines.map(line => line.key === key ? { ...line, ...values } : line) });

/** A quantity of 0 removes the line; one that stands alone keeps its quantity. */
export function setQuantity(cart, key, quantity) {
  if (quantity <= 0) return remove(cart, key);
  const line = cart.lines.find(l => l.key === key);
  return !line || line.alone ? cart : change(cart, key, { quantity: Math.min(quantity, QUANTITY_MAX) });
}

export const step = (cart, key, pieces) => {
  const line = cart.lines.find(l => l.key === key);
  return line ? setQuantity(cart, key, line.quantity + pieces * 1000) : cart;
};

export const discount = (cart, key, { percent = 0, off = 0 }) => change(cart, key, { percent, off });

export const select = (cart, key) => ({ ...cart, selected: key });

export function move(cart, by) {
  const at = cart.lines.findIndex(line => line.key === cart.selected) + by;
  const line = cart.lines[Math.max(0, Math.min(cart.lines.length - 1, at))];
  return line ? select(cart, line.key) : cart;
}

export function remove(cart, key) {
  const at = cart.lines.findIndex(line => line.key === key);
  if (at < 0) return cart;
  const lines = cart.lines.filter(line => line.key !== key);
  const neighbour = lines[Math.min(at, lines.length - 1)];
  return { ...cart, lines, selected: cart.selected === key ? neighbour ? neighbour.key : null : cart.selected };
}

/** The body of PUT /documents/{id}. The price is what the customer was shown, so it is always said. */
export function saleDocument(cart, { station, at, tenders }) {
  return {
    type: 'sale', station, occurred_at: at,
    lines: cart.lines.map(line => {
      const off = discountOf(line);
      return {
        item: line.sku, quantity: thousandthsText(line.quantity), ...line.unit && { unit: line.unit }, price: line.price,
        ...off && { discount: off }, ...line.reading && { reading: line.reading }, ...line.lot && { lot: line.lot },
        ...line.serials && { serials: line.serials },
      };
    }),
    tenders,
  };
}

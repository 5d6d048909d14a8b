// From what the scale said to what the counter may do. Pure. No device fault ever becomes a weight here: an amount exists
// only for a stable reading that has not been sold yet, in a unit that the item's unit can be counted in.
import { amount, parseQuantity } from './money.js';

const GRAMS = { g: 1, kg: 1000, '克': 1, '公斤': 1000, '千克': 1000, '斤': 500, jin: 500 };

/** What a price-computing scale is told: minor units a kilogram; null where it cannot be told so. */
export function perKilogram({ unit, price }) {
  const whole = price * 1000 / GRAMS[unit];
  return Number.isInteger(whole) && whole > 0 && whole < 1e6 ? whole : null;
}

/**
 * {state, quantity, amount, reading, shown}; `shown` is what a scale that computes shows instead of this amount. States: "ready"; "unstable", "zero", "under_zero", "overweight", "not_ready" as the
 * scale says; "lost" no answer; "waiting" nothing heard yet; "used" this reading is already sold; "unit" units do not fit.
 */
export function weighing(item, weight, { reachable = true, used = new Set() } = {}) {
  const nothing = state => ({ state, quantity: null, amount: null, reading: null, shown: null });
  if (!reachable) return nothing('lost');
  if (!weight) return nothing('waiting');
  if (weight.status !== 'stable') return nothing(weight.status);
  const scale = weight.weight === null || weight.weight === undefined ? null : parseQuantity(weight.weight);
  if (!weight.reading || !scale) return nothing('not_ready');
  if (used.has(weight.reading)) return nothing('used');
  const from = GRAMS[weight.unit], to = GRAMS[item.unit];
  if (weight.unit !== item.unit && !(from && to)) return nothing('unit');
  const quantity = weight.unit === item.unit ? scale : scale * from / to;
  if (!Number.isInteger(quantity)) return nothing('unit');
  const ours = amount(item.price, quantity);
  return { state: 'ready', quantity, amount: ours, reading: weight.reading, shown: weight.total && weight.total !== ours ? weight.total : null };
}

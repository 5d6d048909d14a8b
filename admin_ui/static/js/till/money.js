// Money is whole minor units, a quantity is whole thousandths; never a float in between.

/** price x thousandths, rounded half up to a minor unit. */
export function amount(price, thousandths) {
  const safe = price * thousandths;
  if (Number.isSafeInteger(safe + 500)) return Math.floor((safe + 500) / 1000);
  return Number((BigInt(price) * BigInt(thousandths) + 500n) / 1000n);
}

/** "1.25" -> 1250; null for anything that is no quantity of at most three decimals. */
export function parseQuantity(text) {
  const m = /^(\d{1,9})(?:\.(\d{1,3})0*)?$/.exec(text);
  return m && +m[1] * 1000 + +(m[2] || '').padEnd(3, '0');
}

/** 1250 -> "1.250", as documents carry it. */
export const thousandthsText = q => `${Math.floor(q / 1000)}.${String(q % 1000).padStart(3, '0')}`;

/** 1250 -> "1.25", as people read it. */
export const quantityShort = q => String(q / 1000);

/** Three sums a customer is likely to hand over for `due`: the next round sums, coarser where money has many digits. */
export function likelyNotes(due, digits) {
  const note = 10 ** digits * 10 ** Math.max(0, Math.floor(Math.log10(due / 10 ** digits || 1)) - 2), sums = new Set();
  for (const step of [10, 50, 100]) if (due % (step * note)) sums.add(Math.ceil(due / (step * note)) * step * note);
  for (let more = 1; sums.size < 3; more++) sums.add((Math.floor(due / (100 * note)) + more) * 100 * note);
  return [...sums].sort((a, b) => a - b).slice(0, 3);
}

// Money as a person types it, to whole minor units; never a float in between.

import { minorDigits } from './figures.js';

// "184.5" -> 18450; null for what is no sum of money, e.g. more decimals than the currency has.
export function minorUnits(text) {
  const match = /^(\d{1,11})(?:[.,](\d*))?$/.exec(text.replace(/[\s,](?=\d{3}\b)/g, '').trim());
  if (!match || (match[2] || '').length > minorDigits) return null;
  return Number(match[1]) * 10 ** minorDigits + Number((match[2] || '').padEnd(minorDigits, '0') || 0);
}

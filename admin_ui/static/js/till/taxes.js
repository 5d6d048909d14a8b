// What a site adds to the sum of a sale's lines: its taxes, and 抹零, which takes off what cash cannot pay. The gateway posts by
// the same rules (gateway/domain/till_money.py); both are held to one list of cases, tests/till/money_cases.json.

export const PLAIN = { rates: {}, usual: '', inclusive: true, cash_unit: 1 };

const FULL = 10_000;   // basis points

/** amount x rate / whole, rounded half up; exact also where doubles run out of digits. */
function share(amount, rate, whole) {
  const twice = 2 * amount * rate + whole;
  return Number.isSafeInteger(twice) ? Math.floor(twice / (2 * whole))
    : Number((2n * BigInt(amount) * BigInt(rate) + BigInt(whole)) / (2n * BigInt(whole)));
}

/** [{rate, base, tax}], lowest rate first, of [{tax, amount}]: a line's tax class and what it comes to. */
export function taxesOf(lines, money) {
  const sums = new Map();
  if (!Object.keys(money.rates).length) return [];
  for (const { tax, amount } of lines) {
    const rate = money.rates[tax ?? money.usual] ?? money.rates[money.usual];
    sums.set(rate, (sums.get(rate) || 0) + amount);
  }
  return [...sums].sort((a, b) => a[0] - b[0]).map(([rate, amount]) => {
    const tax = share(amount, rate, money.inclusive ? FULL + rate : FULL);
    return { rate, base: money.inclusive ? amount - tax : amount, tax };
  });
}

/** What 抹零 adds to a total: never more than nothing, and only where cash pays. */
export const roundingOf = (total, cash, money) => cash && total > 0 ? 0 - total % money.cash_unit : 0;

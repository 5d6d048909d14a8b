// What can be told of a code without asking anyone. What a code *means* beyond the catalogue, the gateway's /scan says.

/** GTIN-8, UPC-A, EAN-13 or GTIN-14 with a right check digit. */
export const checkDigitHolds = code => /^(\d{8}|\d{12,14})$/.test(code)
  && [...code].reverse().reduce((sum, digit, i) => sum + digit * (i % 2 ? 3 : 1), 0) % 10 === 0;

/** Without AIM identifier and leading FNC1; a GS inside stays, since it parts GS1 fields. */
export const bare = text => text.trim().replace(/^\][A-Za-z][0-9A-Za-z]/, '').replace(/^\x1d/, '');

/** Numbers a shop gives itself (02, 20-29): they may carry a weight or a price. */
export const inStore = code => /^(02|2\d)\d{11}$/.test(code);

/** The spellings under which one code may be in the catalogue: UPC-A is EAN-13 is GTIN-14 with zeros in front. */
export function spellings(code) {
  if (!/^\d{8,14}$/.test(code)) return [code];
  const short = code.replace(/^0+/, '');
  return [...new Set([code, ...[8, 12, 13, 14].filter(n => n >= short.length).map(n => short.padStart(n, '0'))])];
}

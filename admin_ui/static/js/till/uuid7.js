// UUIDv7 without a secure context: randomUUID is absent on plain http, getRandomValues is not.
let last = 0;

/** A new id; never earlier than the one before it, even when the clock is set back. */
export function uuid7(now = Date.now(), random = n => crypto.getRandomValues(new Uint8Array(n))) {
  last = Math.max(now, last + 1);
  const bytes = random(16);
  for (let i = 0, t = last; i < 6; i++, t = Math.floor(t / 256)) bytes[5 - i] = t % 256;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, b => b.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

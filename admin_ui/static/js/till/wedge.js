// A keyboard-wedge scanner looks like a person typing very fast. The recogniser below is pure: keys with their times go in,
// decisions come out. `listen` joins it to a window. The rule that makes it safe is "sink first": a character is never
// swallowed before it is known to be a scan, so nothing that a person types is ever lost.
import { checkDigitHolds } from './codes.js';

export const GAP = 120;         // ms of quiet that ends a burst: slower than any scanner, faster than any two words
export const SPEED = 35;        // ms between keys, on average, that no hand keeps up
export const HOLD = 30;         // ms: from the third key at this pace on, characters are held back from the field
const FAST_LENGTH = 4;          // shorter bursts are hands rolling over keys
const LONG_CODE = 8;            // EAN-8, the shortest code with a check digit

/** `place` says where the keys land: "field" (the search field), "amount" (the keypad), "other" (some other input) or "none". */
export function createWedge(known) {
  let buffer = '', held = '', first = 0, last = 0;
  const certain = code => code.length >= LONG_CODE && checkDigitHolds(code);
  const pace = () => buffer.length > 1 ? (last - first) / (buffer.length - 1) : Infinity;
  const take = () => { const was = held; buffer = held = ''; return was; };
  return {
    /** A printable key. `starts`: a new burst begins here, remember the field. `hold`: keep it out of the field. `spill`: put this back first. */
    key(ch, at, place) {
      const starts = at - last > GAP || !buffer;
      let spill = starts ? take() : '';
      if (starts) first = at;
      const hold = place === 'field' && buffer.length >= 2 && at - last <= HOLD;
      buffer += ch;
      if (hold) held += ch;
      else if (held) { spill = held; held = ''; }   // this key lands in the field by itself: what was held goes before it
      last = at;
      return { starts, hold, spill };
    },
    /** Enter or Tab. `typed` is what the search field shows. Returns the code, or what must go back into the field. */
    end(typed, place) {
      const fast = buffer.length >= FAST_LENGTH && pace() <= SPEED;
      const burst = buffer, whole = typed + held;
      const sure = code => known(code) || certain(code);
      const content = place === 'field' ? [whole, burst].find(known) || [whole, burst].find(certain) : sure(burst);
      let code = '';
      if (place === 'field') code = content || (fast ? burst : '');
      else if (place === 'none') code = content || fast ? burst : '';
      // no hand types eight digits of money without a pause, and a scanner's Enter must never finish a sale
      else if (place === 'amount') code = burst.length >= LONG_CODE ? burst : '';
      // a PIN typed quickly may happen to be a valid short code
      else code = content && (fast || burst.length >= 12) ? burst : '';
      const spill = take();
      return code ? { code, spill: '' } : { code: '', spill };
    },
    /** Quiet for longer than GAP: a scanner without a suffix, if the content says so. */
    quiet(place) {
      const burst = buffer, fast = pace() <= SPEED;
      const isCode = burst.length >= LONG_CODE && fast && (certain(burst) || (place !== 'other' && known(burst)));
      const spill = take();
      return isCode ? { code: burst, spill: '' } : { code: '', spill };
    },
    get active() { return !!buffer; },
  };
}

/** The character of a key even when an input method ate it (key "Process", keyCode 229). */
export function characterOf(event) {
  const eaten = event.isComposing || event.keyCode === 229 || event.key === 'Process' || event.key === 'Unidentified';
  if (!eaten) return event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey ? event.key : '';
  const m = /^(?:Digit|Numpad)(\d)$|^Key([A-Z])$/.exec(event.code || '');
  if (m) return m[1] || (event.shiftKey ? m[2] : m[2].toLowerCase());
  return { Minus: '-', Period: '.', Slash: '/', NumpadSubtract: '-' }[event.code] || '';
}

/**
 * `page` gives: field() the search field or null, place() for the focused element, known(code), scan(code),
 * type(ch) and undo() for a place without an input, before(ch) true when a lone key was a command, changed() after the field
 * was spilled into, key(event) for all else.
 */
export function listen(target, page) {
  const wedge = createWedge(page.known);
  let quiet = 0, focused = null, was = '';
  const restore = () => { if (focused) focused.value = was; else page.undo(); };
  const put = text => { const field = page.field(); if (text && field) { field.value += text; page.changed(); } };
  const found = (code, place) => {
    clearTimeout(quiet);
    const field = page.field();
    const before = field && place === 'field' ? field.value : '';
    if (place === 'field') { if (field) { field.value = ''; field.blur(); } } else restore();
    page.scan(code, before);
  };
  target.addEventListener('keydown', event => {
    const place = page.place(document.activeElement), ch = characterOf(event), field = page.field();
    if (event.key === 'Enter' || event.code === 'Enter' || event.code === 'NumpadEnter' || (event.key === 'Tab' && wedge.active)) {
      clearTimeout(quiet);
      const { code, spill } = wedge.end(field ? field.value.trim().replace(/^\d{1,3}[*x×]/i, '') : '', place);
      if (code) {
        event.preventDefault();
        event.stopImmediatePropagation();   // a scanner's Enter never presses a button
        found(code, place);
      } else { put(spill); page.key(event); }
      return;
    }
    const presses = ch === ' ' && !wedge.active && document.activeElement && document.activeElement.tagName === 'BUTTON';
    if (!ch || presses) { page.key(event); return; }
    if (!wedge.active && page.before(ch)) { event.preventDefault(); return; }
    if (ch === '/' && place === 'field' && document.activeElement !== field && !wedge.active) {
      event.preventDefault();
      if (field) field.focus();
      return;
    }
    if (place === 'field' && field && document.activeElement !== field) field.focus({ preventScroll: true });
    const { starts, hold, spill } = wedge.key(ch, event.timeStamp, place);
    put(spill);
    if (starts) {
      focused = place === 'other' ? document.activeElement : null;
      was = focused ? focused.value : '';
    }
    if (hold) event.preventDefault();
    if (place === 'amount' || place === 'pin') { event.preventDefault(); page.type(ch, starts); }
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      const { code, spill: rest } = wedge.quiet(place);
      if (code) found(code, place); else put(rest);
    }, GAP + 10);
  }, true);
}

// Cash: what is handed over and what goes back. Other ways of paying come with their devices.
import { h, icon, replace, say } from '../../kit/dom.js';
import { minorDigits, money } from '../../kit/figures.js';
import { t } from '../../kit/i18n.js';
import { totals } from '../cart.js';
import { likelyNotes } from '../money.js';

const DIGITS_MAX = 9;   // nobody hands over a thousand million

export function payView({ desk, catalogue, selling, go }) {
  let before = '';
  const unit = 10 ** minorDigits;
  const received = h('b', { 'data-received': true }), change = h('b', { 'data-change': true }), pad = h('div', { class: 'pad' });
  const minor = () => { const [whole, part = ''] = desk.received.split('.'); return +whole * unit + (minorDigits ? +part.padEnd(minorDigits, '0') : 0); };
  const due = () => totals(desk.cart, catalogue.terms, true).due;

  function set(text) {
    desk.put({ received: text });
    const given = minor(), left = given - due();
    say(received, money(given));
    say(change, left < 0 ? '—' : money(left));
    change.classList.toggle('no', left < 0);
    desk.emit('primary');
  }

  function type(ch) {
    const now = desk.received;
    if (ch === '⌫') set(now.slice(0, -1));
    else if (ch === '.' ? minorDigits && !now.includes('.') : /^\d+$/.test(ch)) {
      const next = ch === '.' && !now ? '0.' : (now === '0' ? '' : now) + ch, [whole, part = ''] = next.split('.');
      if (whole.length <= DIGITS_MAX && part.length <= minorDigits) set(next);
    }
  }

  const sum = value => { const text = String(value).padStart(minorDigits + 1, '0'); return minorDigits ? `${text.slice(0, -minorDigits)}.${text.slice(-minorDigits)}` : text; };

  function keys() {
    const quick = [due(), ...likelyNotes(due(), minorDigits)];
    const rows = [['7', '8', '9'], ['4', '5', '6'], ['1', '2', '3'], ['0', minorDigits ? '.' : '00', '⌫']];
    replace(pad, rows.map((row, r) => [
      row.map(ch => h('button', { onclick: () => type(ch), 'aria-label': ch === '⌫' ? t('Delete digit') : null }, ch === '⌫' ? icon('bksp') : ch)),
      h('button', { class: 'qk', onclick: () => set(sum(quick[r])) }, r ? money(quick[r]).replace(/\.00$/, '') : t('Exact')),
    ]));
  }

  const again = () => { if (desk.view === 'pay') { keys(); set(desk.received); } };
  for (const event of ['cart', 'catalogue']) desk.on(event, again);
  return {
    node: h('section', { class: 'payp', 'aria-label': t('Payment') },
      h('div', { class: 'hd' }, h('button', { class: 'btn g sq', 'aria-label': t('Back to sale'), onclick: () => go('sale') }, icon('left')),
        h('h2', {}, t('Payment')), h('span', { class: 'tag go st' }, icon('cash'), t('Cash'))),
      h('div', { class: 'due' }, h('div', {}, h('small', {}, t('Received')), received), h('div', { class: 'chg' }, h('small', {}, t('Change')), change)),
      pad),
    place: 'amount',
    type(ch, starts) { if (starts) before = desk.received; type(ch); },
    undo: () => set(before),
    keys: { Backspace: () => type('⌫') },
    say: () => ({ text: t('Finish sale'), hint: 'Enter', ready: minor() >= due() }),
    press: () => selling.finish(minor()),
    enter() { keys(); set(desk.received); },
    escape: () => go('sale'),
  };
}

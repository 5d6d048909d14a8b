// Questions that need an answer now: a discount, a manager's approval, voiding a sale, the person's menu.
import { h, icon, replace, say } from '../../kit/dom.js';
import { minorDigits, money } from '../../kit/figures.js';
import { language, t, tn } from '../../kit/i18n.js';
import { ask, nameOf, reason } from '../api.js';
import { discount, emptyCart } from '../cart.js';

const REVIEWS_COUNTED = 50;   // beyond, "50+" says enough
const PERCENTS = [5, 10, 15, 20, 30, 50];

export function createDialogs(app) {
  const { desk, selling } = app;
  const box = document.body.appendChild(h('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title' }));
  box.addEventListener('close', () => { desk.blocked = false; box.replaceChildren(); });
  const close = () => { if (box.open) box.close(); };
  desk.on('clear', close);

  function open(title, ...content) {
    close();
    replace(box, h('h2', { id: 'dialog-title' }, title), content);
    box.showModal();
  }
  const foot = (...buttons) => h('div', { class: 'foot' }, h('button', { class: 'btn g', type: 'button', onclick: close }, t('Cancel')), buttons);

  function discountDialog(key) {
    const set = values => { desk.setCart(discount(desk.cart, key, values)); close(); };
    const amount = h('input', { inputmode: 'decimal', autocomplete: 'off', id: 'off', 'aria-describedby': 'off-error' });
    const error = h('span', { class: 'error', id: 'off-error' });
    const apply = event => {
      event.preventDefault();
      const off = Math.round(+amount.value.replace(',', '.') * 10 ** minorDigits);
      if (off > 0) set({ off }); else say(error, t('Enter an amount greater than zero.'));
    };
    open(t('Discount'),
      h('div', { class: 'chips' }, PERCENTS.map(percent => h('button', { class: 'btn', type: 'button', onclick: () => set({ percent }) }, `−${percent}%`))),
      h('form', { onsubmit: apply }, h('label', { class: 'label' }, t('Amount off this line'), h('span', { class: 'field' }, amount), error),
        h('div', { class: 'foot' }, h('button', { class: 'btn g', type: 'button', onclick: close }, t('Cancel')),
          h('button', { class: 'btn', type: 'button', onclick: () => set({}) }, t('No discount')), h('button', { class: 'btn p' }, t('Apply')))));
  }

  /** A manager stands at the till: person, PIN, reason. The sale keeps its id. */
  async function approve(entry) {
    if (!app.people.length) {
      const answer = await ask('GET', '/people/sign-in');
      if (answer.status === 200) app.people = answer.data.rows;
    }
    const able = app.people.filter(who => who.role !== 'cashier');
    const person = h('select', { id: 'approver' }, able.map(who => h('option', { value: who.person }, nameOf(who, language))));
    const pin = h('input', { type: 'password', inputmode: 'numeric', autocomplete: 'off', id: 'approval-pin', maxlength: 8 });
    const why = h('input', { autocomplete: 'off', id: 'approval-reason', maxlength: 200 });
    const error = h('p', { class: 'error', role: 'alert' }), send = h('button', { class: 'btn p' }, t('Approve'));
    const field = (label, input) => h('label', { class: 'label' }, label, h('span', { class: 'field' }, input));
    open(t('A manager has to approve this'), h('p', { class: 'about' }, money(entry.total), ' · ', reason(entry.answer && entry.answer.data, language)),
      h('form', {
        class: 'stack', onsubmit: async event => {
          event.preventDefault();
          if (send.getAttribute('aria-busy')) return;
          if (!pin.value || !why.value.trim()) { say(error, t('Enter the PIN and a reason.')); return; }
          send.setAttribute('aria-busy', 'true');
          const refused = await selling.approve(entry, { person: person.value, pin: pin.value, reason: why.value.trim() });
          send.removeAttribute('aria-busy');
          if (refused) { say(error, refused); pin.value = ''; pin.focus(); } else close();
        },
      }, field(t('Person'), person), field(t('PIN'), pin), field(t('Reason'), why), error,
      h('div', { class: 'foot' }, h('button', { class: 'btn g', type: 'button', onclick: close }, t('Later')), send)));
    desk.blocked = true;
    pin.focus();
  }

  function voidSale() {
    open(t('Void this sale?'), h('p', { class: 'about' }, t('All lines are removed. Nothing has been sold or moved.')),
      foot(h('button', { class: 'btn danger', type: 'button', onclick: () => { desk.setCart(emptyCart()); close(); } }, icon('trash'), t('Void sale'))));
  }

  function person() {
    const sounds = h('input', { type: 'checkbox', id: 'sounds', onchange: () => desk.put({ silent: !sounds.checked }) });
    sounds.checked = !desk.silent;
    const link = (href, sign, words, target) => h('a', { class: 'btn w', href, target }, icon(sign), words);
    const review = link('/waiting?tab=reviews', 'clock', '');
    review.hidden = true;
    if (desk.person.role !== 'cashier' && desk.reachable) {
      ask('GET', `/reviews?limit=${REVIEWS_COUNTED}`).then(({ status, data }) => {
        const n = status === 200 ? data.rows.length : 0;
        replace(review, icon('clock'), tn('{n} sale to review', '{n} sales to review', n), data && data.next && '+');
        review.hidden = !n;
      });
    }
    open(nameOf(desk.person, language), h('div', { class: 'stack' },
      h('label', { class: 'check' }, sounds, t('A tone for every scan')),
      review, desk.person.role !== 'cashier' && link('/today', 'today', t('Store pages')),
      app.boot.devices_url && link(app.boot.devices_url, 'device', t('Simulated devices'), '_blank'),
      foot(h('button', { class: 'btn', type: 'button', onclick: () => { close(); app.signOut(); } }, icon('out'), t('Sign out')))));
  }

  return { discount: discountDialog, approve, voidSale, person, close, get open() { return box.open; } };
}

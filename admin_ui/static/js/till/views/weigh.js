// A weighed item on the scale. Shows what the scale says and nothing else: no reading, no figure.
import { h, icon, replace, say } from '../../kit/dom.js';
import { money } from '../../kit/figures.js';
import { t } from '../../kit/i18n.js';
import { ask } from '../api.js';
import { thousandthsText } from '../money.js';
import { perKilogram, weighing } from '../weighing.js';
import { unitName } from '../../kit/units.js';
import { label } from '../catalogue.js';

export function weighView({ boot, desk, selling, go }) {
  const title = h('h2'), price = h('span', { class: 'mut' });
  const figure = h('b', { class: 'kg' }), sum = h('span', { class: 'sumof' }), status = h('div', { class: 'st', role: 'status' });
  const card = h('div', { class: 'scale' }, icon('scale', 'xl'), figure, sum, status);

  const states = shown => ({
    ready: shown === null ? ['ok', 'check', t('Stable')]
      : ['warn', 'warn', t('The scale shows {amount}. Tell the customer, or weigh again.', { amount: money(shown) })],
    unstable: ['warn', 'ring', t('Unstable. Wait until it rests.')],
    zero: ['go', 'down', t('Put it on the scale')],
    under_zero: ['warn', 'warn', t('The scale is below zero. Clear it and let it settle.')],
    overweight: ['bad', 'warn', t('Too heavy for this scale')],
    not_ready: ['warn', 'clock', t('The scale is not ready')],
    lost: ['bad', 'offline', t('Scale not answering')],
    waiting: ['go', 'ring', t('Waiting for the scale')],
    used: ['go', 'swap', t('Already in a sale. Take it off, then weigh the next one.')],
    unit: ['bad', 'warn', t('The scale weighs in another unit than this item is sold in.')],
  });

  const now = () => weighing(desk.weighing, desk.weight, { reachable: desk.reachable, used: used() });
  const used = () => new Set([desk.cart, desk.lastCart].flatMap(cart => cart ? cart.lines.map(line => line.reading) : []).filter(Boolean));

  function paint() {
    if (desk.view !== 'weigh' || !desk.weighing) return;
    const item = desk.weighing, { state, quantity, amount, shown } = now();
    const [kind, sign, words] = states(shown)[state] || states(shown).not_ready;
    card.dataset.state = state;
    say(title, label(item));
    say(price, `${money(item.price)}/${unitName(item.unit)}`);
    say(figure, quantity === null ? '—' : `${thousandthsText(quantity)}\u00a0${unitName(item.unit)}`);
    say(sum, amount === null ? '' : money(amount));
    if (status.dataset.state !== state || status.textContent !== words) {
      status.dataset.state = state;
      status.className = `st ${kind}`;
      replace(status, icon(sign, sign === 'ring' ? 'spin' : ''), h('span', {}, words));
    }
    desk.emit('primary');
  }

  desk.on('weight', paint);
  desk.on('net', paint);
  desk.on('missed', () => { if (desk.view === 'weigh' && desk.weighing) askScale(); });

  // What was weighed before the item was chosen is not sold, nor what was heard before this page missed something: the scale
  // is asked what lies on it now.
  async function askScale() {
    desk.weight = null;
    paint();
    const price = boot.pricing.includes(desk.station) && perKilogram(desk.weighing);
    const { status } = await ask('POST', `/stations/${desk.station}/scale`, price ? { price } : { ask: 'weight' });
    if (status !== 202 && !desk.weight) {
      desk.weight = { status: 'lost' };
      paint();
    }
  }

  const back = () => { desk.put({ weighing: null }); go('sale'); };
  return {
    node: h('section', { class: 'weighp', 'aria-label': t('Weighing') },
      h('div', { class: 'hd' }, h('button', { class: 'btn g sq', 'aria-label': t('Back to sale'), onclick: back }, icon('left')), h('div', {}, title, price)), card),
    place: 'none', keys: {},
    say() {
      const { state, quantity } = now();
      return state === 'ready' ? { text: t('Add {quantity}', { quantity: `${thousandthsText(quantity)}\u00a0${unitName(desk.weighing.unit)}` }), hint: 'Enter' }
        : { text: t('Add to sale'), ready: false };
    },
    press: () => selling.addWeighed(now()),
    enter: askScale,
    escape: back,
  };
}

// The right side of every view: the lines, what happened last, the sum, and the one big button. Lines are patched by key,
// never rebuilt: a press on "+" may not land on a node that has just been replaced.
import { h, icon, replace, say } from '../../kit/dom.js';
import { money } from '../../kit/figures.js';
import { t, tn } from '../../kit/i18n.js';
import { discountOf, lineTotal, pieces, remove, select, step, totals } from '../cart.js';
import { quantityShort, thousandthsText } from '../money.js';
import { unitName } from '../../kit/units.js';
import { label } from '../catalogue.js';

export function cartView({ desk, catalogue, dialogs, tone }) {
  const nodes = new Map();
  const count = h('span'), subtotal = h('dd'), off = h('dd'), tax = h('dd'), rounding = h('dd'), total = h('b', { 'data-total': true });
  const sums = h('dl', {}, h('dt', {}, t('Subtotal')), subtotal, h('dt', {}, t('Discount')), off, h('dt', {}, t('Tax')), tax, h('dt', {}, t('Rounding for cash')), rounding);
  const due = h('span');
  const empty = h('div', { class: 'empty', role: 'listitem' }, icon('scan'), h('h2', {}, t('Scan the first item')), h('span', {}, t('or tap a product')));
  const list = h('div', { class: 'lines', role: 'list', 'aria-label': t('Lines') });
  const words = h('span'), last = h('div', { class: 'last', role: 'status' });
  const drop = h('button', { class: 'btn g sq', 'aria-label': t('Void sale'), onclick: () => dialogs.voidSale() }, icon('trash'));
  const caption = h('span'), key = h('kbd', { class: 'hint' });
  const press = () => primary && primary.press();
  const big = h('button', { class: 'btn p pay', id: 'primary', onclick: press }, caption, key);
  let primary = null;

  function lineNode(line) {
    const part = { q: h('span', { class: 'q' }), name: h('div', { class: 'nm' }), sub: h('div', { class: 'sub' }), amount: h('span', { class: 'amt' }), n: h('output') };
    const act = change => () => desk.setCart(change(desk.cart, line.key));
    const stepper = !line.alone && h('div', { class: 'stepper' },
      h('button', { 'aria-label': t('One less'), onclick: act((cart, k) => step(cart, k, -1)) }, icon('minus')), part.n,
      h('button', { 'aria-label': t('One more'), onclick: act((cart, k) => step(cart, k, 1)) }, icon('plus')));
    part.head = h('button', { class: 'pick', onclick: act(select) }, part.q, h('span', { class: 'what' }, part.name, part.sub), part.amount);
    part.node = h('div', { class: 'line', role: 'listitem', dataset: { key: line.key } }, part.head, h('div', { class: 'ed' }, stepper,
      h('button', { class: 'btn', onclick: () => dialogs.discount(line.key) }, icon('tag'), t('Discount')), h('span', { class: 'sp' }),
      h('button', { class: 'btn g sq', 'aria-label': t('Remove line'), onclick: act(remove) }, icon('trash'))));
    return part;
  }

  function draw(part, line) {
    const item = catalogue.bySku(line.sku) || { name: line.sku, unit: '' }, discount = discountOf(line), unit = unitName(line.unit || item.unit);
    part.line = line;
    part.alone = line.alone && line.quantity !== 1000;
    if (part.alone) replace(part.q, icon(line.reading ? 'scale' : 'tag')); else say(part.q, `${quantityShort(line.quantity)} ×`);
    say(part.name, label(item));
    const each = part.alone ? `${thousandthsText(line.quantity)}\u00a0${unit} × ${money(line.price)}/${unit}` : money(line.price) + (line.unit ? `/${unit}` : '');
    replace(part.sub, each, discount > 0 && h('span', { class: 'off' }, ' ', line.percent ? `−${line.percent}%` : money(-discount)),
      part.alone ? null : ` · ${item.code || line.sku}`);
    say(part.amount, money(lineTotal(line)));
    say(part.n, quantityShort(line.quantity));
  }

  function paint() {
    const cart = desk.sold ? desk.sold.cart : desk.cart, keys = new Set(cart.lines.map(line => line.key));
    if (list.dataset.sale !== (desk.sold || { id: desk.saleId }).id) {
      nodes.clear();
      list.replaceChildren();
      list.dataset.sale = (desk.sold || { id: desk.saleId }).id;
    }
    for (const [k, part] of nodes) if (!keys.has(k)) { part.node.remove(); nodes.delete(k); }
    empty.remove();
    for (const line of cart.lines) {
      let part = nodes.get(line.key);
      if (!part) { part = lineNode(line); nodes.set(line.key, part); list.append(part.node); }
      if (part.line !== line) draw(part, line);
      const selected = !desk.sold && line.key === cart.selected;
      if (selected !== part.node.classList.contains('sel')) {
        part.node.classList.toggle('sel', selected);
        part.head.setAttribute('aria-expanded', selected);
      }
      if (selected) part.node.scrollIntoView({ block: 'nearest' });
    }
    if (!cart.lines.length) list.append(empty);
    const sum = totals(cart, catalogue.terms, !!desk.sold || desk.view === 'pay'), n = pieces(cart);
    say(count, n ? tn('{n}\u00a0item', '{n}\u00a0items', n) : '');
    const parts = [[subtotal, sum.subtotal, true], [off, -sum.discount, sum.discount], [tax, sum.tax, sum.tax], [rounding, sum.rounding, sum.rounding]];
    sums.hidden = parts.every(([, , told], row) => !row || !told);
    for (const [node, value, told] of parts) {
      node.hidden = node.previousSibling.hidden = !told;
      say(node, money(value));
    }
    say(due, desk.sold && !/approval|refused/.test(desk.sold.state) ? t('Paid') : t('To pay'));
    say(total, money(desk.sold ? desk.sold.total : sum.due));
    drop.hidden = !cart.lines.length || !!desk.sold;
    button();
  }

  /** What the big button does is the view's to say. */
  function button() {
    if (!primary) return;
    const { text, hint = '', ready = true } = primary.say();
    say(caption, text);
    say(key, hint);
    key.hidden = !hint;
    big.disabled = !ready;
  }

  desk.on('cart', paint);
  desk.on('catalogue', paint);
  desk.on('primary', button);
  desk.on('sold', paint);
  desk.on('say', ({ text, tone: kind, code }) => {
    last.className = `last ${kind}`;
    const at = code ? text.indexOf(code) : -1;
    replace(words, at < 0 ? text : [text.slice(0, at), h('b', {}, code), text.slice(at + code.length)]);
    replace(last, text ? [icon(kind === 'ok' ? 'check' : 'warn'), words] : []);
    if (text) tone(kind);
  });

  return {
    node: h('section', { class: 'cart', 'aria-label': t('Current sale') },
      h('header', {}, h('h1', {}, t('Sale'), ' ', count), drop), list, last,
      h('div', { class: 'sum' }, sums, h('div', { class: 'tot' }, due, total), big)),
    use(view) { primary = view; paint(); },
    press: () => !big.disabled && press(),
  };
}

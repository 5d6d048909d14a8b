// Finding an item: the field that is also the sink of the scanner, categories, tiles, and the keys that do something here.
import { h, icon, replace, say } from '../../kit/dom.js';
import { money } from '../../kit/figures.js';
import { named, t } from '../../kit/i18n.js';
import { inStore } from '../codes.js';
import { unitName } from '../../kit/units.js';
import { label } from '../catalogue.js';

const SEARCH_WAIT = 120;   // ms after the last key: a scan is over by then, and a typist does not notice
const FEW = 5000;          // thousandths: from here down the tile says how many are left

export function saleView(app) {
  const { desk, catalogue, selling, stock } = app;
  let category = null, timer = 0;
  // the keyboard of a tablet stays away until the field is tapped: a scanner needs none
  const input = h('input', {
    id: 'search', autocomplete: 'off', spellcheck: 'false', inputmode: 'none', placeholder: t('Scan, or type a name or code'),
    onpointerdown: () => input.setAttribute('inputmode', 'search'), onblur: () => input.setAttribute('inputmode', 'none'),
    oninput: () => { clearTimeout(timer); timer = setTimeout(fill, SEARCH_WAIT); },
  });
  const groups = h('div', {
    class: 'cats', role: 'group', 'aria-label': t('Category'),
    // a mouse has one wheel, and it turns the other way
    onwheel: event => { if (!event.deltaX && groups.scrollWidth > groups.clientWidth) { groups.scrollLeft += event.deltaY; event.preventDefault(); } },
    onscroll: () => edges(),
  });
  const edges = () => groups.classList.toggle('more', groups.scrollLeft + groups.clientWidth < groups.scrollWidth - 2);
  new ResizeObserver(() => edges()).observe(groups);
  const tiles = h('div', { class: 'tiles', onclick: event => { const tile = event.target.closest('.tile'); if (tile) pick(tile.dataset.sku); } });
  const text = () => input.value.replace(/^\d{1,3}[*x×]/i, '');

  function pick(sku) {
    const times = /^(\d{1,3})[*x×]/i.exec(input.value);
    if (times && +times[1]) desk.times = +times[1];
    if (input.value) { input.value = ''; fill(); }
    input.blur();
    selling.choose(sku);
  }

  function hint(sku, weighed) {
    const left = stock.get(sku);
    if (left === undefined || left > FEW) return '';
    if (left <= 0) return t('Out');
    return weighed ? '' : t('{n} left', { n: Math.floor(left / 1000) });
  }

  const tile = item => h('button', { class: 'tile', dataset: { sku: item.sku } }, h('b', {}, label(item)),
    h('small', {}, money(item.price) + (item.weighed ? `/${unitName(item.unit)}` : ''), h('i', { class: 'low' }, hint(item.sku, item.weighed))));

  function fill() {
    const { items, more } = catalogue.search(text(), category);
    replace(tiles, items.map(tile), more && h('p', { class: 'more' }, t('There are more. Type a name to find them.')),
      !items.length && h('div', { class: 'empty' }, icon('search'), h('h2', {}, catalogue.size ? t('Nothing matches') : t('No items on this till yet')),
        h('span', {}, catalogue.size ? t('Try fewer letters, or scan the barcode.') : t('They arrive from the store gateway by themselves.'))));
    tiles.scrollTop = 0;
  }

  function groupButtons() {
    const button = (key, text) => h('button', {
      'aria-pressed': String(category === key), onclick: () => { category = key; input.value = ''; groupButtons(); fill(); },
    }, text);
    replace(groups, button(null, t('All')), catalogue.groups.map(group => button(group.key, named(group))));
    edges();
  }

  const fkey = (key, sign, text, press) => h('button', { dataset: { key }, onclick: press }, icon(sign), text, h('kbd', { class: 'hint' }, key));
  const keys = {
    F4: selling.hold, F8: () => app.printLast(), F9: selling.drawer, F10: () => app.go('waiting'),
  };

  desk.on('catalogue', () => { groupButtons(); fill(); });
  desk.on('stock', sku => {
    const low = tiles.querySelector(`[data-sku="${CSS.escape(sku)}"] .low`), item = low && catalogue.bySku(sku);
    if (item) say(low, hint(sku, item.weighed));
  });
  groupButtons();
  fill();

  return {
    node: h('section', { class: 'left', 'aria-label': t('Products') },
      h('label', { class: 'field' }, icon('scan'), h('span', { class: 'vh' }, t('Scan, or type a name or code')), input, h('kbd', { class: 'hint' }, '/')),
      groups, tiles,
      h('div', { class: 'fkeys', role: 'group', 'aria-label': t('Functions') },
        fkey('F4', 'pause', t('Hold'), keys.F4), fkey('F8', 'print', t('Last receipt'), keys.F8),
        fkey('F9', 'drawer', t('Drawer'), keys.F9), fkey('F10', 'clock', t('Waiting'), keys.F10))),
    place: 'field', field: input, keys,
    changed: fill,
    say: () => ({ text: t('Take payment'), hint: 'F12', ready: desk.cart.lines.length > 0 }),
    press: selling.pay,
    enter: () => { if (input.value) { input.value = ''; fill(); } },
    /** Enter in the field: one match is chosen; a code nobody knows is said to be unknown. */
    submit() {
      const typed = text().trim(), { items } = catalogue.search(typed, null);
      if (!typed || document.activeElement !== input) return false;
      if (items.length) pick(items[0].sku);
      else if (/^\d{4,}$/.test(typed) || inStore(typed)) { const before = input.value; input.value = ''; fill(); selling.scan(typed, before); }
      return true;
    },
    escape: () => { input.value = ''; fill(); input.blur(); },
  };
}

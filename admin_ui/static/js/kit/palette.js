// Ctrl K: go to a page of the menu, or to an item by name or code. No animation; the list is built from what the
// page itself links to, so it can offer nothing the reader may not open.

import { $$, h, icon, replace } from './dom.js';
import { language, t } from './i18n.js';
import { keys } from './keys.js';
import { request } from './submit.js';

const PAUSE_MS = 120;  // after the last key, before asking the server
const ITEMS = 8;

let dialog = null;
let input = null;
let list = null;
let rows = [];
let picked = 0;
let timer = 0;
let round = 0;

const pages = () => $$('[data-go]').map((link) => ({
  icon: link.dataset.icon, title: link.dataset.title, hint: `g ${link.dataset.go}`, href: link.href,
}));

function build() {
  input = h('input', {
    type: 'text', role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'palette-list', autocomplete: 'off',
    spellcheck: 'false', placeholder: t('Search or go to…'), 'aria-label': t('Search or go to…'),
  });
  list = h('ul', { id: 'palette-list', role: 'listbox', 'aria-label': t('Results') });
  dialog = h('dialog', { class: 'palette', 'aria-label': t('Search or go to…') },
    h('div', { class: 'field' }, icon('search'), input, h('kbd', { class: 'hint' }, 'Esc')), list);
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  input.addEventListener('input', search);
  input.addEventListener('keydown', move);
  document.body.append(dialog);
}

function open() {
  if (!dialog) build();
  if (dialog.open) return dialog.close();
  input.value = '';
  show(pages());
  dialog.showModal();
  input.focus();
  return undefined;
}

function search() {
  const query = input.value.trim();
  const needle = query.toLowerCase();
  const found = pages().filter((page) => page.title.toLowerCase().includes(needle));
  const stock = query ? [{ icon: 'search', title: t('Search stock for "{query}"', { query }), href: `/stock?q=${encodeURIComponent(query)}` }] : [];
  show([...found, ...stock]);
  clearTimeout(timer);
  const find = document.body.dataset.find;
  if (!query || !find) return;
  const mine = (round += 1);
  timer = setTimeout(async () => {
    const answer = await request('GET', `${find}?q=${encodeURIComponent(query)}&limit=${ITEMS}`);
    if (mine !== round || answer.status !== 200) return;
    const items = answer.body.rows.slice(0, ITEMS).map((item) => ({
      icon: 'box', title: (language === 'zh' && item.name_zh) || item.name, hint: item.sku,
      href: `/stock?q=${encodeURIComponent(item.sku)}&peek=${encodeURIComponent(item.sku)}`,
    }));
    show([...found, ...items, ...stock]);
  }, PAUSE_MS);
}

function show(next) {
  rows = next;
  picked = 0;
  replace(list, rows.map((row, index) => h('li', { id: `palette-${index}`, role: 'option', onclick: () => location.assign(row.href) },
    icon(row.icon), h('span', {}, row.title), row.hint ? h('small', {}, row.hint) : null)));
  mark();
}

function mark() {
  for (const [index, option] of [...list.children].entries()) option.setAttribute('aria-selected', String(index === picked));
  list.children[picked]?.scrollIntoView({ block: 'nearest' });
  if (rows.length) input.setAttribute('aria-activedescendant', `palette-${picked}`);
  else input.removeAttribute('aria-activedescendant');
}

function move(event) {
  if (event.isComposing) return;
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    if (rows.length) picked = (picked + (event.key === 'ArrowDown' ? 1 : rows.length - 1)) % rows.length;
    mark();
  } else if (event.key === 'Enter' && rows[picked]) {
    event.preventDefault();
    location.assign(rows[picked].href);
  }
}

keys.on('mod+k', open, { label: t('Search or go to…') });
for (const button of $$('[data-palette]')) button.addEventListener('click', open);
export const openPalette = open;

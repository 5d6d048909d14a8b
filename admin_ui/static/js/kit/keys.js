// Keyboard shortcuts. Single letters never fire in a field and can be turned off (WCAG 2.1.4).
//
//   keys.on('mod+k', open, {label: t('Search or go to')});  keys.on('g s', go);  keys.on('/', focus);

import { $, $$, h, replace } from './dom.js';
import { t } from './i18n.js';

const SEQUENCE_MS = 1200; // time to press the second key of "g s"

const bindings = new Map();
let prefix = '';
let prefixTimer = 0;

export const lettersOn = () => localStorage.getItem('kontor_letter_keys') !== 'off';
export const inField = (target) => target instanceof Element && target.matches('input, select, textarea, [contenteditable]');

function name(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.ctrlKey || event.metaKey ? `mod+${key}` : key;
}

export const keys = {
  // A handler that answers false lets the key through.
  on(key, handler, { label = '', inFields = false } = {}) {
    bindings.set(key, { handler, label, inFields });
  },
  rows: () => [...bindings].filter(([, { label }]) => label).map(([key, { label }]) => [key, label]),
};

addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const pressed = name(event);
  const full = prefix ? `${prefix} ${pressed}` : pressed;
  const found = bindings.get(full) || bindings.get(pressed);
  const single = pressed.length === 1;
  const typing = inField(event.target);
  if (single && (typing || !lettersOn())) return;
  if (document.querySelector('dialog[open]') && pressed !== 'mod+k') return;
  if (found && (!typing || found.inFields || pressed.startsWith('mod+') || pressed === 'Escape')) {
    clearTimeout(prefixTimer);
    prefix = '';
    if (found.handler(event) !== false) event.preventDefault();
    return;
  }
  if (single && [...bindings.keys()].some((key) => key.startsWith(`${pressed} `))) {
    prefix = pressed;
    clearTimeout(prefixTimer);
    prefixTimer = setTimeout(() => (prefix = ''), SEQUENCE_MS);
  } else {
    prefix = '';
  }
});

// The page's own links say which letter follows "g".
for (const link of $$('[data-go]')) {
  keys.on(`g ${link.dataset.go}`, () => location.assign(link.href), { label: link.dataset.title });
}

const shown = (key) => key.split(' ').map((part) => h('kbd', {}, part.replace('mod+', 'Ctrl ').replace('Escape', 'Esc').replace('Escape', 'Esc')));

function help() {
  const dialog = $('#keys-help') || document.body.appendChild(h('dialog', { id: 'keys-help', class: 'dialog', 'aria-labelledby': 'keys-title' }));
  const letters = h('input', { type: 'checkbox', id: 'letter-keys' });
  letters.checked = lettersOn();
  letters.addEventListener('change', () => localStorage.setItem('kontor_letter_keys', letters.checked ? 'on' : 'off'));
  replace(
    dialog,
    h('h2', { id: 'keys-title' }, t('Keyboard shortcuts')),
    h('dl', { class: 'keylist' }, keys.rows().map(([key, label]) => [h('dt', {}, shown(key)), h('dd', {}, label)])),
    h('label', { class: 'check' }, letters, t('Use single-letter shortcuts')),
    h('form', { method: 'dialog' }, h('button', { class: 'btn p' }, t('Close'))),
  );
  dialog.showModal();
}

keys.on('?', help, { label: t('This list') });
for (const button of $$('[data-keys-help]')) button.addEventListener('click', help);

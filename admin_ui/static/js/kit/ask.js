// A question that needs a yes before anything happens. Enter on the opener does not answer it: the safe button has the focus.

import { h, replace } from './dom.js';
import { t } from './i18n.js';

let box = null;

// Answers true for yes; false for no, Escape and a click beside it. The focus goes back to where it was.
export function confirmed(title, text, yes, { danger = false } = {}) {
  box ||= document.body.appendChild(h('dialog', { class: 'dialog', 'aria-labelledby': 'ask-title', 'aria-describedby': 'ask-text' }));
  return new Promise((resolve) => {
    const answer = (value) => { box.close(value); };
    box.returnValue = '';
    replace(box, h('h2', { id: 'ask-title' }, title), h('p', { id: 'ask-text' }, text), h('div', { class: 'act end' },
      h('button', { type: 'button', class: 'btn', autofocus: true, onclick: () => answer('') }, t('Cancel')),
      h('button', { type: 'button', class: danger ? 'btn danger' : 'btn p', onclick: () => answer('yes') }, yes)));
    box.onclose = () => resolve(box.returnValue === 'yes');
    box.onclick = (event) => event.target === box && answer('');
    box.showModal();
  });
}

// What a posted count found: each difference in words, with its likely causes as the gateway tells them.

import { $, h, icon, replace } from '../kit/dom.js';
import { quantity, signed } from '../kit/figures.js';
import { language, t } from '../kit/i18n.js';
import { reason, request } from '../kit/submit.js';

const place = $('#differences');

const kinds = {
  surplus: ['warn', 'plus', t('More than in the book')],
  shortage: ['bad', 'minus', t('Less than in the book')],
  mix_up: ['go', 'swap', t('Mixed up with something else')],
};
const said = (thing, field) => (language === 'zh' && thing[`${field}_zh`]) || thing[field] || '';

function cause(one) {
  const links = one.documents.map((document) => h('a', { class: 'link', href: `/documents/${encodeURIComponent(document.id)}` }, document.number || document.id.slice(0, 8)));
  return h('li', {}, icon('info', 's'), h('div', {}, h('b', {}, said(one, 'title')), one.other ? h('span', { class: 'mut' }, ' · ', one.other) : null,
    one.evidence.map((fact) => h('p', { class: 'small' }, said(fact, 'detail'))),
    links.length ? h('p', { class: 'small named' }, links) : null));
}

function card(one) {
  const [tone, sign, words] = kinds[one.kind] || ['', 'info', one.kind];
  return h('article', { class: 'card ask' },
    h('header', {}, h('h2', {}, h('a', { class: 'link-quiet', href: `/stock?q=${encodeURIComponent(one.item)}&peek=${encodeURIComponent(one.item)}` }, one.item, one.lot ? ' · ' + t('Lot') + ' ' + one.lot : null)),
      h('b', { class: `num oh${tone === 'bad' ? ' neg' : ''}` }, signed(one.difference))),
    h('div', { class: 'in' }, h('p', { class: `st ${tone}` }, icon(sign, 's'), h('span', {}, words)),
      h('p', { class: 'mut small' }, t('{counted} counted, {expected} in the book', { counted: quantity(one.counted), expected: quantity(one.expected) })),
      one.causes.length ? h('ul', { class: 'causes' }, one.causes.map(cause)) : h('p', { class: 'mut small' }, t('Nothing in the ledger explains it.'))));
}

async function show() {
  place.setAttribute('aria-busy', 'true');
  const answer = await request('GET', `/api/v1/counts/${encodeURIComponent(place.dataset.sheet)}/differences`);
  place.removeAttribute('aria-busy');
  if (answer.status !== 200) {
    replace(place, h('div', { class: 'note bad' }, icon('warn'), h('div', {}, h('b', {}, t('What was off could not be read.')), h('p', {}, reason(answer)))),
      h('p', {}, h('button', { type: 'button', class: 'btn', onclick: show }, t('Try again'))));
  } else if (!answer.body.length) {
    replace(place, h('div', { class: 'empty' }, icon('check', 'xl'), h('h2', {}, t('Book and shelf agree')), h('p', {}, t('Every counted line was what the book said.'))));
  } else replace(place, answer.body.map(card));
}

if (place) show();

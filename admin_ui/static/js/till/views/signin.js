// Who is at the till: a tile per person, then a PIN. Signing in or out never touches what waits to be sent.
import { h, icon, replace, say } from '../../kit/dom.js';
import { language, t, tn } from '../../kit/i18n.js';
import { ask, nameOf, reason, setToken } from '../api.js';

const PIN_MAX = 8, PIN_MIN = 4;
const RANKS = ['cashier', 'manager', 'admin'];   // who stands at a till most often comes first
const LOOK_AGAIN = 2000;   // ms between two looks for a gateway that does not answer

export function signInView(app) {
  const { desk, outbox } = app;
  let people = [], chosen = null, pin = '', busy = false, timer = 0;
  const tiles = h('div', { class: 'people' }), dots = h('output', { class: 'dots' }), words = h('p', { class: 'said', role: 'alert' });
  const title = h('h1'), waits = h('p', { class: 'st warn', hidden: true });
  const enter = h('button', { class: 'btn p ok', onclick: () => submit() }, t('Sign in'));
  const roles = () => ({ cashier: t('Cashier'), manager: t('Manager'), admin: t('Administrator') });

  function paint() {
    say(title, chosen ? t('Enter your PIN') : t('Who is at the till?'));
    replace(tiles, people.map(who => h('button', { class: 'person', 'aria-pressed': String(chosen === who), onclick: () => { chosen = who; pin = ''; say(words, ''); paint(); } },
      h('span', { class: 'face', 'aria-hidden': 'true' }, initials(nameOf(who, language))), h('b', {}, nameOf(who, language)), h('small', {}, roles()[who.role] || who.role))),
    !people.length && h('div', { class: 'empty' }, icon(desk.reachable ? 'ring' : 'offline'), h('h2', {}, desk.reachable ? t('Connecting') : t('The store gateway is not answering')),
      h('span', {}, t('Signing in needs the gateway. This page tries again by itself.'))));
    say(dots, '●'.repeat(pin.length) || ' ');
    dots.setAttribute('aria-label', tn('{n} digit', '{n} digits', pin.length));
    enter.disabled = !chosen || pin.length < PIN_MIN;
  }

  const initials = name => /[a-z]/i.test(name) ? name.split(/\s+/).map(part => part[0]).slice(0, 2).join('') : name[0];

  function type(ch) {
    if (!chosen || busy) return;
    if (ch === '⌫') pin = pin.slice(0, -1);
    else if (/^\d$/.test(ch) && pin.length < PIN_MAX) pin += ch;
    paint();
  }

  async function submit() {
    if (busy || !chosen || pin.length < PIN_MIN) return;
    busy = true;
    enter.setAttribute('aria-busy', 'true');
    const answer = await ask('POST', '/session', { person: chosen.person, pin, station: desk.station });
    enter.removeAttribute('aria-busy');
    busy = false;
    pin = '';
    if (answer.status === 200) {
      const { person, display_name, display_name_zh, role, csrf_token } = answer.data;
      setToken(csrf_token, person);
      chosen = null;
      say(words, '');
      app.signedIn({ person, display_name, display_name_zh, role });
    } else if (answer.status === 429) say(words, tn('Too many tries. Wait {n} minute.', 'Too many tries. Wait {n} minutes.', Math.max(1, Math.ceil(answer.after / 60))));
    else if (answer.status === 401) say(words, t('This PIN is not right.'));
    else say(words, answer.status ? reason(answer.data, language) || t('This did not work.') : t('The store gateway is not answering. Try again in a moment.'));
    if (desk.view === 'signin') paint();
  }

  async function look() {
    clearTimeout(timer);
    const answer = await ask('GET', '/people/sign-in');
    desk.reachable = answer.status > 0;
    if (answer.status === 200) people = app.people = [...answer.data.rows].sort((a, b) => RANKS.indexOf(a.role) - RANKS.indexOf(b.role));
    if (desk.view !== 'signin') return;
    if (people.length === 1) [chosen] = people;
    paint();
    if (!people.length) timer = setTimeout(look, LOOK_AGAIN);
  }

  const key = ch => h('button', { onclick: () => type(ch), 'aria-label': ch === '⌫' ? t('Delete digit') : null }, ch === '⌫' ? icon('bksp') : ch);
  return {
    node: h('section', { class: 'signin', 'aria-label': t('Sign in') }, h('div', { class: 'who' }, title, tiles, waits),
      h('div', { class: 'pin' }, dots, h('div', { class: 'keys' }, ['1', '2', '3', '4', '5', '6', '7', '8', '9', '⌫', '0'].map(key), enter), words)),
    place: 'pin', whole: true,
    type, undo: () => { pin = ''; paint(); },
    explain: text => say(words, text),
    keys: { Backspace: () => type('⌫'), Enter: submit },
    say: () => ({ text: '' }), press: submit, escape: () => { chosen = null; pin = ''; paint(); },
    async enter() {
      paint();
      look();
      const n = await outbox.count();
      waits.hidden = !n;
      replace(waits, icon('clock'), h('span', {}, tn('{n} sale waits on this till and is sent after the next sign-in.', '{n} sales wait on this till and are sent after the next sign-in.', n)));
    },
  };
}

// Tickets that no kitchen took: the till says so aloud, again and again, until somebody has them.
import { $, h, icon, say } from '../kit/dom.js';
import { t, tn } from '../kit/i18n.js';
import { ask } from './api.js';
import { tone } from './tone.js';

const AGAIN = 15000;   // ms: often enough to be heard, seldom enough to sell beside it

/** A strip over the sale, and a tone, while any ticket is late. `heard` takes the stream's events, `read` asks what is so now. */
export function createKitchenAlarm(desk) {
  const late = new Set(), words = h('span');
  const strip = h('div', { class: 'strip kitchen', role: 'alert' }, icon('warn'), words, h('span', { class: 'sp' }),
    h('a', { class: 'btn g', href: '/kitchen', target: '_blank' }, t('Show the tickets')));
  $('#till').before(strip);
  function call() {
    strip.hidden = !late.size || !desk.person;
    if (strip.hidden) return;
    say(words, tn('Nobody in the kitchen took {n} ticket. Go and tell them.', 'Nobody in the kitchen took {n} tickets. Go and tell them.', late.size));
    tone('alarm');
  }
  function heard({ ticket, state }) {
    late[state === 'late' ? 'add' : 'delete'](ticket);
    call();
  }
  async function read() {
    const answer = await ask('GET', '/kitchen-tickets?limit=100');
    if (answer.status !== 200) return;
    late.clear();
    for (const row of answer.data.rows) if (row.state === 'late') late.add(row.ticket);
    call();
  }
  setInterval(call, AGAIN);
  desk.on('person', call);
  call();
  return { heard, read };
}

// The frame round every view: who and where, what waits to be sent, and the amber strip while the gateway is silent.
import { $, h, icon, replace, say } from '../../kit/dom.js';
import { time } from '../../kit/figures.js';
import { language, named, t, tn } from '../../kit/i18n.js';
import { dark } from '../../kit/theme.js';
import { nameOf } from '../api.js';

export function createFrame(app) {
  const { boot, desk, outbox, dialogs } = app;
  const chip = h('button', { class: 'net', id: 'net', onclick: () => desk.person && app.go('waiting') });
  const heldCount = h('span'), held = h('button', { class: 'btn g', onclick: () => app.go('held') }, icon('pause'), heldCount);
  const name = h('span'), person = h('button', { class: 'btn g', id: 'person', onclick: () => dialogs.person() }, icon('user'), name);
  const clock = h('time'), words = h('span');
  const strip = h('div', { class: 'strip', role: 'status', hidden: true }, icon('clock'), words, h('span', { class: 'sp' }),
    h('button', { class: 'btn g', onclick: () => app.go('waiting') }, t('See waiting sales')));
  const other = language === 'zh' ? 'en' : 'zh';

  replace($('#app'), h('header', { class: 'top' },
    h('div', { class: 'id' }, named(boot.site), ' ', h('span', {}, `${boot.site.id} · ${boot.station}`)), h('div', { class: 'sp' }), chip, held, person,
    h('button', { class: 'btn g sq', dataset: { language: other }, 'aria-label': other === 'zh' ? '中文' : 'English', lang: other }, icon('globe')),
    h('button', { class: 'btn g sq', 'data-theme-switch': true, 'aria-label': dark() ? t('Light mode') : t('Dark mode') }, icon(dark() ? 'sun' : 'moon')), clock),
  strip, h('main', { class: 'till', id: 'till' }));

  async function net() {
    const entries = await outbox.all(), n = entries.length, attention = entries.filter(entry => entry.state !== 'waiting').length;
    chip.className = `net ${attention ? 'bad' : n ? 'wait' : ''}`;
    const text = [
      attention && tn('{n} needs attention', '{n} need attention', attention),
      n > attention && tn('{n} waiting to send', '{n} waiting to send', n - attention),
    ].filter(Boolean).join(' · ') || t('All sales sent');
    if (chip.textContent !== text) replace(chip, icon(attention ? 'warn' : n ? 'clock' : 'check2'), h('span', {}, text));
    strip.hidden = desk.reachable || !desk.person;
    say(words, app.safe() ? t('The store gateway is not answering. Keep selling — sales are safe on this till and will send by themselves.')
      : t('The store gateway is not answering. Keep selling and keep this page open — sales are safe on this till and will send by themselves.'));
  }

  function paint() {
    held.hidden = !desk.held.length || !desk.person;
    say(heldCount, t('Held {n}', { n: desk.held.length }));
    person.hidden = !desk.person;
    say(name, desk.person ? nameOf(desk.person, language) : '');
    person.setAttribute('aria-label', name.textContent);   // on a phone only its icon is seen
  }

  const tick = () => say(clock, time(Date.now() / 1000).slice(0, 5));
  setInterval(tick, 5000);
  tick();
  for (const event of ['held', 'person']) desk.on(event, paint);
  for (const event of ['outbox', 'net', 'person']) desk.on(event, net);
  paint();
  net();
}

// After the sale: the change in the largest figures of the page, and where the sale is on its way, in words with times.
import { h, icon, replace } from '../../kit/dom.js';
import { money, time } from '../../kit/figures.js';
import { language, t } from '../../kit/i18n.js';
import { reason } from '../api.js';

export function doneView({ desk, selling }) {
  const heading = h('div', { class: 'k' }), change = h('div', { class: 'v' }), hint = h('p', { class: 'mut' }, t('Or just scan the next item.')), chain = h('ol', { class: 'chain', 'aria-live': 'polite' });
  const again = h('button', { class: 'btn', onclick: () => selling.print(desk.sold.id) }, icon('print'), t('Print again'));
  const step = (kind, sign, words, at) => h('li', { class: kind }, icon(sign, sign === 'ring' ? 'spin' : ''), h('span', {}, words), h('time', {}, at ? time(at / 1000) : ''));

  const held = () => !!desk.sold && (desk.sold.state === 'approval' || desk.sold.state === 'refused');

  function store({ state, number, stored, answer }) {
    switch (state) {
      case 'store': return step('ok', 'check', number ? t('Saved in store · {number}', { number }) : t('Saved in store'), stored);
      case 'sending': return step('todo', 'ring', t('Sending…'));
      case 'approval': return step('todo', 'stamp', t('Waits for a manager to approve it'));
      case 'refused': return step('bad', 'x', t('Refused: {reason}', { reason: reason(answer, language) }));
      default: return step('todo', 'clock', t('Waiting for the store gateway'));
    }
  }

  function print({ print: job, state }) {
    if (!job) return state === 'till' ? step('todo', 'print', t('The receipt prints by itself after that')) : null;
    const words = {
      queued: ['todo', t('Receipt waits for the printer')], printing: ['todo', t('Receipt is printing')], printed: ['ok', t('Receipt printed')],
      failed: ['bad', t('Receipt not printed. The sale is saved.')], unknown: ['todo', t('The printer has not said whether it printed. Please look.')],
    }[job.state];
    const detail = (language === 'zh' && job.detail_zh) || job.detail;
    return words && step(words[0], 'print', detail && job.state !== 'printed' ? t('{outcome}: {detail}', { outcome: words[1].replace(/[.。]$/, ''), detail }) : words[1]);
  }

  function paint() {
    const sold = desk.sold;
    if (!sold) return;
    const standalone = desk.hq && desk.hq.state === 'standalone', open = held();
    replace(heading, open ? t('Not sold yet. Keep the goods and the money apart.') : t('Change'));
    replace(change, money(sold.change));
    change.hidden = open;
    hint.hidden = open;
    replace(chain, step('ok', 'check', t('Saved on this till'), sold.at), store(sold),
      !standalone && !open && (sold.hq ? step('ok', 'check2', t('At headquarters'), sold.hq) : step('todo', 'clock', t('Then to headquarters'))),
      print(sold), (sold.warnings || []).map(w => step('todo', 'info', (language === 'zh' && w.detail_zh) || w.detail || w.code || String(w))),
      open && h('li', {}, h('span'), h('button', { class: 'btn g', onclick: selling.next }, t('Leave it for later'))));
    again.hidden = sold.state !== 'store';
    desk.emit('primary');
  }

  desk.on('sold', () => { desk.keep(); paint(); });
  desk.on('net', paint);
  return {
    node: h('section', { class: 'donep', 'aria-label': t('Sale complete') }, heading, change, chain, again, hint),
    place: 'none', keys: { F8: () => desk.sold.state === 'store' && selling.print(desk.sold.id), F9: selling.drawer },
    say: () => ({ text: !held() ? t('Next sale') : desk.sold.state === 'refused' ? t('Back to the counter') : t('Approve…'), hint: 'Enter' }),
    press: () => held() ? selling.decide(desk.sold.id) : selling.next(),
    enter: paint,
    escape() {},
  };
}

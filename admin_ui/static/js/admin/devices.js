// Devices as they speak: state, last reading, last scan, what the printer still has to print.

import { $, $$, h, replace, say } from '../kit/dom.js';
import { time } from '../kit/figures.js';
import { t, tn } from '../kit/i18n.js';
import { live } from '../kit/live.js';
import { attach } from '../kit/submit.js';
import { deviceDetail, deviceHint, deviceState, printState, weightState } from './words.js';

const card = (name) => $$('.device[data-device]').find((one) => one.dataset.device === name);
const waiting = new Map($$('[data-f=queue]').map((one) => [one.closest('.device').dataset.device, new Set(one.dataset.jobs.split(' ').filter(Boolean))])); // printer -> ids of jobs

live.on('device', (device) => {
  const place = card(device.name);
  if (!place) return;
  replace($('[data-f=state]', place), deviceState(device.state));
  const form = $('form.hold', place);
  form.dataset.released = device.life === 'closed' ? 'yes' : '';
  $('[data-f=release]', form).hidden = device.life === 'closed';
  $('[data-f=enable]', form).hidden = device.life !== 'closed';
  const line = $('[data-f=detail]', place);
  const words = deviceDetail(device);
  const hint = deviceHint(device);
  line.hidden = !words;
  const since = t('since {time}', { time: time(device.since) });
  replace(line, h('b', {}, words), ` · ${since}`, hint && h('small', {}, hint));
});

function last(name, words) {
  const place = card(name);
  if (!place) return;
  const line = $('[data-f=last]', place);
  line.classList.remove('mut');
  if (typeof words === 'string') say(line, words);
  else replace(line, words);
  const at = $('[data-f=last_at]', place);
  if (at) say(at, time(Date.now() / 1000));
}

live.on('weight', (reading) => last(reading.device, reading.weight ? `${reading.weight} ${reading.unit}` : weightState(reading.status)));
live.on('scan', (scan) => last(scan.device, scan.code));
live.on('print', (job) => {
  last(job.printer, printState(job.state));
  const place = card(job.printer);
  const jobs = waiting.get(job.printer);
  if (!jobs) return;
  $('[data-f=printed]', place)?.remove();
  if (job.state === 'queued' || job.state === 'printing') jobs.add(job.job);
  else jobs.delete(job.job);
  say($('[data-f=queue]', place), jobs.size ? tn('{n} receipt waits', '{n} receipts wait', jobs.size) : t('empty'));
});

live.on('ports', () => location.reload());
live.on('resync', () => location.reload());

for (const form of $$('form.drawer')) {
  attach(form, () => ({ method: 'POST', url: `/api/v1/stations/${encodeURIComponent(form.dataset.station)}/drawer`, body: {} }),
    () => t('Opened {time}', { time: time(Date.now() / 1000) }), { accepted: true });
}

for (const form of $$('form.hold')) {
  let asked = '';
  attach(form, () => {
    asked = form.dataset.released ? 'enable' : 'release'; // the answer comes before the line is closed, the event with its state after that
    return { method: 'POST', url: `/api/v1/devices/${encodeURIComponent(form.dataset.device)}/${asked}`, body: {} };
  }, () => (asked === 'release' ? t('Released {time}', { time: time(Date.now() / 1000) }) : t('In use since {time}', { time: time(Date.now() / 1000) })), { accepted: true });
}

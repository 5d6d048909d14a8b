// The page of the simulated devices: what a hand would do to real ones. Follows GET /state; sends what is pressed.

import { $, $$, h, icon, replace, say } from './kit/dom.js';
import { named, t } from './kit/i18n.js';
import { time } from './kit/figures.js';
import { onPaper, printed } from './kit/paper.js';
import { request } from './kit/submit.js';
import './kit/theme.js';

const POLL_MS = 1000;
const STRIPS = 20; // slips of each printer kept on the page

const link = $('#link');
let held = 0;      // the state of our own controls is not overwritten while a press is on its way
let sampled = '';

function connected(yes) {
  link.className = yes ? 'st ok' : 'st bad';
  if (saidAnew(link.lastElementChild, yes ? t('Connected') : t('The simulated devices do not answer'))) link.firstElementChild.replaceWith(icon(yes ? 'check' : 'offline', 's'));
}

function saidAnew(element, words) {
  const differs = element.textContent !== words;
  say(element, words);
  return differs;
}

async function follow() {
  const answer = document.hidden ? null : await request('GET', '/state', undefined, { timeout: 4000 });
  if (answer) {
    connected(answer.status === 200);
    if (answer.status === 200) show(answer.body);
  }
  setTimeout(follow, POLL_MS);
}

function show(state) {
  showScale(state.scale);
  for (const printer of state.printers) printers.get(printer.name)?.show(printer);
  showDisplay(state.display);
  showSamples(state.scanner.samples);
}

async function send(path, body) {
  held += 1;
  const answer = await request('POST', path, body, { timeout: 4000 });
  held -= 1;
  connected(answer.status >= 200 && answer.status < 300);
  return answer.status >= 200 && answer.status < 300;
}

// Scale -------------------------------------------------------------------------------------------------------

const motion = $('#motion');
const weight = $('#weight');
let onScale = null;

function showScale(scale) {
  onScale = scale.weight;
  say($('#lcd'), scale.weight === null ? '0.000' : scale.weight);
  $('#motion-mark').hidden = !scale.motion;
  $('.scale').classList.toggle('loaded', scale.weight !== null);
  $('.scale').classList.toggle('moving', Boolean(scale.motion));
  if (!held) motion.checked = Boolean(scale.motion);
}

const put = (value) => send('/scale', { weight: value, motion: motion.checked }).then((ok) => ok && showScale({ weight: value, motion: motion.checked }));

$('#weigh').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = weight.value.trim().replace(',', '.');
  const match = /^(\d{1,3})(?:\.(\d{1,3}))?$/.exec(text);
  weight.closest('.field').classList.toggle('invalid', !match);
  weight.setAttribute('aria-invalid', String(!match));
  say($('#weight-error'), match ? '' : t('A weight in kg, for example 0.482.'));
  if (match) put(`${Number(match[1])}.${(match[2] || '').padEnd(3, '0')}`);
});
$('#take-off').addEventListener('click', () => put(null));
for (const button of $$('[data-weight]')) {
  button.addEventListener('click', () => {
    weight.value = button.dataset.weight;
    put(button.dataset.weight);
  });
}
motion.addEventListener('change', () => put(onScale));

// Customer display -----------------------------------------------------------------------------------------------

function showDisplay(rows) {
  ['upper', 'lower'].forEach((name, at) => {
    const place = $(`#display-${name}`);
    if (place.dataset.text === rows[at]) return;
    place.dataset.text = rows[at];
    replace(place, onPaper(rows[at] || '\u00a0'));
  });
}

// Scanner -----------------------------------------------------------------------------------------------------

const code = $('#code');
const beam = $('#beam');

async function scan(text) {
  if (!text) return;
  const ok = await send('/scan', { code: text });
  beam.className = ok ? 'st ok' : 'st bad';
  replace(beam, icon(ok ? 'check' : 'warn', 's'), h('span', {}, ok ? t('Sent {code}', { code: text }) : t('Not sent')));
}

$('#scan').addEventListener('submit', (event) => {
  event.preventDefault();
  scan(code.value.trim());
  code.select();
});

function showSamples(samples) {
  const now = JSON.stringify(samples);
  if (now === sampled) return;
  sampled = now;
  replace($('#samples'), samples.map((sample) => h('li', {}, h('button', { type: 'button', onclick: () => scan(sample.code) },
    barcode(sample.code), h('b', {}, named(sample)), h('small', { class: 'mono' }, sample.code)))));
}

// A picture of bars for the eye: widths follow the characters, nothing has to read it.
function barcode(text) {
  const NS = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(NS, 'svg');
  svg.setAttribute('class', 'bars');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('preserveAspectRatio', 'none');
  let x = 0;
  for (const character of text.slice(0, 24)) {
    for (let bit = 0; bit < 3; bit += 1) {
      const width = 1 + ((character.charCodeAt(0) >> bit) & 1);
      const bar = document.createElementNS(NS, 'rect');
      for (const [name, value] of Object.entries({ x, y: 0, width, height: 10 })) bar.setAttribute(name, String(value));
      svg.append(bar);
      x += width + 1 + ((character.charCodeAt(0) >> (bit + 2)) & 1);
    }
  }
  svg.setAttribute('viewBox', `0 0 ${x} 10`);
  return svg;
}

// Printers ----------------------------------------------------------------------------------------------------

class Printer {
  constructor(card) {
    this.card = card;
    this.roll = $('.roll', card);
    this.cover = $('.cover', card);
    this.silent = $('.silent', card);
    this.known = false; // what lay there when the page came did not just come out
    for (const control of [this.roll, this.cover, this.silent]) control.addEventListener('change', () => this.handle());
  }

  handle() {
    return send(`/printers/${encodeURIComponent(this.card.dataset.printer)}`, { paper: this.roll.value, cover_open: this.cover.checked, silent: this.silent.checked });
  }

  show(printer) {
    if (!held) {
      if (document.activeElement !== this.roll) this.roll.value = printer.paper;
      this.cover.checked = printer.cover_open;
      this.silent.checked = printer.silent;
    }
    const [tone, name, words] = printer.silent ? ['bad', 'offline', t('Does not answer')]
      : printer.cover_open ? ['warn', 'warn', t('Cover open')]
        : printer.paper === 'out' ? ['bad', 'warn', t('Out of paper')]
          : printer.paper === 'near_end' ? ['warn', 'warn', t('Paper nearly out')] : ['ok', 'check', t('Ready')];
    const place = $('.printer-state', this.card);
    if (place.textContent !== words) {
      place.className = `st printer-state ${tone}`;
      replace(place, icon(name, 's'), h('span', {}, words));
    }
    this.card.classList.toggle('no-roll', printer.paper === 'out');
    this.card.classList.toggle('lid-up', Boolean(printer.cover_open));
    this.showPaper(printer.slips);
  }

  showPaper(slips) {
    const box = $('.paper', this.card);
    $('.no-paper', box).hidden = slips.length > 0;
    for (const slip of slips) {
      const key = String(slip.id);
      const drawn = $$('.receipt', box).find((one) => one.dataset.id === key);
      if (drawn && drawn.dataset.lines === String(slip.lines.length)) continue;
      const at = { time: time(slip.at) };
      const label = 'kitchen' in this.card.dataset ? t('Kitchen ticket of {time}', at) : t('Receipt of {time}', at);
      const node = h('article', { class: `receipt${this.known && !drawn ? ' fresh' : ''}`, dataset: { id: key, lines: slip.lines.length }, 'aria-label': label },
        printed(slip.lines),
        slip.cut ? h('span', { class: 'cut', 'aria-hidden': 'true' }) : null);
      if (drawn) drawn.replaceWith(node);
      else box.prepend(node);
    }
    this.known = true;
    for (const old of $$('.receipt', box).slice(STRIPS)) old.remove();
  }
}

const printers = new Map($$('[data-printer]').map((card) => [card.dataset.printer, new Printer(card)]));

follow();

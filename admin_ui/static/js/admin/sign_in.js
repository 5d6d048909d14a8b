// Signing in: the PIN pad, the answer in words, and the wait after too many tries.

import { $, $$, say } from '../kit/dom.js';
import { duration } from '../kit/figures.js';
import { t } from '../kit/i18n.js';
import { outcome, reason, request } from '../kit/submit.js';
import '../kit/theme.js';

const PIN_MAX = 8;

const form = $('#sign-in');
const pin = $('#pin');
const trouble = $('#trouble');
const submit = $('button[type=submit]', form);
const byPin = form.dataset.mode === 'pin';

function complain(words) {
  trouble.hidden = false;
  say($('span', trouble), words);
}

function typeDigit(digit) {
  if (pin.value.length < PIN_MAX) pin.value += digit;
}

if (byPin) {
  for (const button of $$('[data-digit]', form)) button.addEventListener('click', () => typeDigit(button.dataset.digit));
  $('[data-erase]', form).addEventListener('click', () => (pin.value = pin.value.slice(0, -1)));
  for (const radio of $$('input[name=person]', form)) radio.addEventListener('change', () => (pin.value = ''));
  // Digits typed anywhere on the page go to the PIN; a scanner's burst of more than 8 does not fit and is cut.
  addEventListener('keydown', (event) => {
    if (event.target === pin || event.ctrlKey || event.metaKey || event.altKey) return;
    if (/^\d$/.test(event.key)) {
      event.preventDefault();
      typeDigit(event.key);
    } else if (event.key === 'Backspace') {
      pin.value = pin.value.slice(0, -1);
    }
  });
}

let lockTimer = 0;
function lock(seconds) {
  const until = Date.now() + seconds * 1000;
  const tick = () => {
    const left = Math.ceil((until - Date.now()) / 1000);
    for (const control of $$('button, input', form)) control.disabled = left > 0;
    if (left > 0) complain(t('Too many tries. Wait {duration}, or ask a manager.', { duration: duration(left) }));
    else {
      clearInterval(lockTimer);
      trouble.hidden = true;
    }
  };
  clearInterval(lockTimer);
  lockTimer = setInterval(tick, 1000);
  tick();
}
if (Number(form.dataset.locked) > 0) lock(Number(form.dataset.locked));

// Only a path of this site is followed: never another host.
const destination = () => (/^\/(?![/\\])/.test(form.dataset.next) ? form.dataset.next : '/');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (submit.getAttribute('aria-busy') === 'true') return;
  const person = byPin ? $('input[name=person]:checked', form)?.value : form.elements.person.value.trim().toLowerCase();
  const secret = byPin ? { pin: pin.value } : { password: form.elements.password.value };
  if (!person || !Object.values(secret)[0]) {
    complain(byPin ? t('Enter your PIN.') : t('Enter name and password.'));
    return;
  }
  trouble.hidden = true;
  submit.setAttribute('aria-busy', 'true');
  const output = $('output', form);
  outcome(output, 'go', 'ring', t('Signing in…'));
  const answer = await request('POST', '/api/v1/session', { person, ...secret });
  submit.removeAttribute('aria-busy');
  output.replaceChildren();
  if (answer.status === 200) {
    location.replace(destination());
    return;
  }
  if (answer.status === 429) lock(answer.retryAfter || 60);
  else if (answer.status === 401) complain(byPin ? t('That PIN did not match. Try again.') : t('That did not match. Try again.'));
  else if (answer.status === 0) complain(t('The store gateway does not answer. Try again.'));
  else complain(reason(answer));
  const field = byPin ? pin : form.elements.password;
  field.value = '';
  if (!byPin) field.focus();
});

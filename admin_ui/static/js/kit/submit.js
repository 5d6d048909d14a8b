// Sending what a person entered: once, with an id of its own, and with the outcome in words.

import { $, $$, h, icon, replace } from './dom.js';
import { language, t } from './i18n.js';
import { time } from './figures.js';

export const PATIENCE_MS = 8000; // after this a person is told it was not sent; the input stays

// A document id: time-ordered (UUIDv7), made in the page. crypto.randomUUID is missing on plain http.
export function uuid7(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 5, rest = now; i >= 0; i -= 1, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const csrf = () => $('meta[name=csrf-token]')?.content || '';

// One request. Answers {status, body, retryAfter}; status 0 = nobody answered in time.
export async function request(method, url, body, { timeout = PATIENCE_MS } = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeout);
  try {
    const headers = { Accept: 'application/json' };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (method !== 'GET' && csrf()) headers['X-CSRF-Token'] = csrf();
    const answer = await fetch(url, {
      method, headers, signal: stop.signal, credentials: 'same-origin',
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    const json = /json/.test(answer.headers.get('content-type') || '') && text ? JSON.parse(text) : null;
    return { status: answer.status, body: json, retryAfter: Number(answer.headers.get('retry-after')) || 0 };
  } catch {
    return { status: 0, body: null, retryAfter: 0 };
  } finally {
    clearTimeout(timer);
  }
}

// The problem's sentence in the reader's language.
export function reason(answer) {
  const problem = answer.body || {};
  const own = language === 'zh' ? problem.detail_zh || problem.title_zh : null;
  if (own || problem.detail || problem.title) return own || problem.detail || problem.title;
  if (answer.status === 401) return t('You are signed out. Sign in again; what you entered is kept.');
  if (answer.status === 403) return t('Your role may not do this.');
  if (answer.status === 429 || answer.status === 503) return t('Busy. Try again in a moment.');
  return t('Not sent, still here. Try again.');
}

export function outcome(output, tone, iconName, words) {
  output.className = `st wrap ${tone}`;
  replace(output, icon(iconName, iconName === 'ring' ? 's spin' : 's'), h('span', {}, words));
}

// Wires a form. `build(form, id)` answers {method, url, body} (or a promise of it), or null when a field needs correcting or a
// person thought better of it.
// `done(answer, form)` runs after 2xx and may answer a sentence. The id stays until the form was accepted.
// `accepted`: 202 is a good answer too, because what was asked for takes a moment and needs no approval.
export function attach(form, build, done = () => undefined, { accepted = false } = {}) {
  const output = $('output', form);
  const button = $('button[type=submit]', form);
  const key = `kontor.form.${form.id}.${form.dataset.key || ''}`;
  restore(form, key);
  form.addEventListener('input', () => keep(form, key));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (button.getAttribute('aria-busy') === 'true') return;
    clearErrors(form);
    form.dataset.documentId ||= uuid7();
    const plan = await build(form, form.dataset.documentId);
    if (!plan) {
      replace(output); // what was said about the last try would now be read as said about this one
      return;
    }
    keep(form, key);
    button.setAttribute('aria-busy', 'true');
    outcome(output, 'go', 'ring', t('Sending…'));
    const answer = await request(plan.method, plan.url, plan.body);
    button.removeAttribute('aria-busy');
    if (answer.status >= 200 && answer.status < 300 && (accepted || answer.status !== 202)) {
      delete form.dataset.documentId;
      sessionStorage.removeItem(key);
      outcome(output, 'ok', 'check', done(answer, form) || t('Saved in store {time}', { time: time(Date.now() / 1000) }));
    } else if (answer.status === 202) {
      form.dispatchEvent(new CustomEvent('needsapproval', { detail: answer.body }));
      outcome(output, 'warn', 'clock', t('Needs approval. Nothing has moved yet.'));
    } else {
      if (answer.status === 409 || answer.status === 422) delete form.dataset.documentId;
      showErrors(form, answer.body?.errors || []);
      outcome(output, 'bad', 'warn', reason(answer));
    }
  });
}

// Fields carry data-path="lines[0].quantity"; the sentence goes below the one it is about.
export function showErrors(form, errors) {
  let first = null;
  for (const error of errors) {
    const field = $$('[data-path]', form).find((element) => element.dataset.path === error.path);
    if (!field) continue;
    const shown = showError(field, (language === 'zh' && error.detail_zh) || error.detail || error.code);
    first ||= shown;
  }
  first?.focus();
}

export function showError(field, words) {
  const id = `${field.id || field.name}-error`;
  field.setAttribute('aria-invalid', 'true');
  field.setAttribute('aria-describedby', id);
  field.closest('.field')?.classList.add('invalid');
  field.closest('.label')?.append(h('span', { class: 'error', id }, words));
  return field;
}

export function clearErrors(form) {
  for (const error of $$('.error', form)) error.remove();
  for (const field of $$('[aria-invalid]', form)) {
    field.removeAttribute('aria-invalid');
    field.removeAttribute('aria-describedby');
    field.closest('.field')?.classList.remove('invalid');
  }
}

const kept = (form) => $$('input, select, textarea', form).filter((field) => field.name && field.type !== 'password' && field.type !== 'hidden');

function keep(form, key) {
  try {
    const values = Object.fromEntries(kept(form).map((field) => [field.name, field.value]));
    sessionStorage.setItem(key, JSON.stringify({ id: form.dataset.documentId || '', values }));
  } catch {
    // A full or forbidden store costs only the comfort of finding the input again after a reload.
  }
}

function restore(form, key) {
  const stored = sessionStorage.getItem(key);
  if (!stored) return;
  const { id, values } = JSON.parse(stored);
  if (id) form.dataset.documentId = id;
  for (const field of kept(form)) if (field.name in values) field.value = values[field.name];
}

// Numbers, money and times as the server writes them (admin_ui/figures.py). Quantities stay decimal strings;
// sums of them are made in whole thousandths with BigInt, never in floats.

import { t } from './i18n.js';

const data = document.documentElement.dataset;
const MINUS = '\u2212';
const SIGNS = { CNY: '¥', JPY: '¥', EUR: '€', USD: '$', GBP: '£', INR: '₹', KRW: '₩', TWD: 'NT$', HKD: 'HK$' };
export const currency = data.currency || 'CNY';
export const minorDigits = Number(data.minorDigits ?? 2);
const sign = SIGNS[currency] ?? `${currency}\u00a0`;

const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ',');

export function money(minor) {
  const digits = String(Math.abs(minor)).padStart(minorDigits + 1, '0');
  const major = digits.slice(0, digits.length - minorDigits);
  const rest = minorDigits ? `.${digits.slice(-minorDigits)}` : '';
  return `${minor < 0 ? MINUS : ''}${sign}${grouped(major)}${rest}`;
}

// "1.250" -> 1250n; null when it is no quantity
export function thousandths(text) {
  const match = /^([-+\u2212])?(\d{1,12})(?:\.(\d{1,3}))?$/.exec(String(text).trim());
  if (!match) return null;
  const value = BigInt(match[2]) * 1000n + BigInt((match[3] || '').padEnd(3, '0'));
  return match[1] === '-' || match[1] === MINUS ? -value : value;
}

// 1250n -> "1.250", the way the API writes it
export function quantityText(value) {
  const digits = String(value < 0n ? -value : value).padStart(4, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`;
}

export function quantity(text) {
  const [whole, fraction = ''] = String(text).replace(/^[-+]/, '').split('.');
  const tail = fraction.replace(/0+$/, '');
  const number = `${grouped(whole.replace(/^0+(?=\d)/, ''))}${tail ? `.${tail}` : ''}`;
  return String(text).startsWith('-') && /[1-9]/.test(number) ? MINUS + number : number;
}

export const signed = (text) => (thousandths(text) > 0n ? `+${quantity(text)}` : quantity(text));

export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return t('{n} s', { n: whole });
  if (whole < 3600) return t('{n} min', { n: Math.floor(whole / 60) });
  if (whole < 86400) return t('{h} h {m} min', { h: Math.floor(whole / 3600), m: Math.floor((whole % 3600) / 60) });
  return t('{d} d {h} h', { d: Math.floor(whole / 86400), h: Math.floor((whole % 86400) / 3600) });
}

export const moment = (value) => new Date(typeof value === 'number' ? value * 1000 : value);

const zone = data.timeZone ? { timeZone: data.timeZone } : {};
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', ...zone });

export const time = (value) => clock.format(moment(value));

export function ago(value) {
  const seconds = Date.now() / 1000 - moment(value).getTime() / 1000;
  return seconds < 5 ? t('just now') : t('{duration} ago', { duration: duration(seconds) });
}

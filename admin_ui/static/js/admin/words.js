// States in words with icon and tone, the same as templates/words.html says them. Each answers a node.

import { h, icon } from '../kit/dom.js';
import { language, t } from '../kit/i18n.js';

const mark = (tone, name, words, tag = false) => h('span', { class: `st ${tone}${tag ? ' tag' : ''}` }, icon(name, 's'), h('span', {}, words));

export function deviceState(value) {
  switch (value) {
    case 'online': return mark('ok', 'check', t('Working'));
    case 'offline': return mark('bad', 'offline', t('Not connected'), true);
    case 'not_answering': return mark('warn', 'clock', t('Not answering'), true);
    case 'error': return mark('bad', 'warn', t('Fault'), true);
    default: return mark('warn', 'help', t('State unknown'), true);
  }
}

// What there is to say about a device, `ok` being nothing.
export const deviceDetail = (device) => (device.code === 'ok' ? '' : (language === 'zh' && device.detail_zh) || device.detail);
export const deviceHint = (device) => (language === 'zh' && device.hint_zh) || device.hint || '';

export const weightState = (status) => ({
  unstable: t('Weight is moving'), zero: t('Empty'), under_zero: t('Under zero'), overweight: t('Overweight'),
  not_ready: t('Not ready'), lost: t('No weight'),
}[status] || status);

export function printState(value) {
  switch (value) {
    case 'printed': return mark('ok', 'check', t('Printed'));
    case 'queued': return mark('go', 'clock', t('Waits for the printer'));
    case 'printing': return mark('go', 'ring', t('Printing'));
    case 'failed': return mark('bad', 'x', t('Not printed'), true);
    default: return mark('warn', 'help', t('Unknown: look at the paper'), true);
  }
}

export function branchState(value) {
  switch (value) {
    case 'current': return mark('ok', 'check2', t('Up to date'));
    case 'catching_up': return mark('go', 'sync', t('Catching up'), true);
    case 'offline': return mark('warn', 'offline', t('Offline'), true);
    case 'blocked': return mark('bad', 'warn', t('Blocked'), true);
    default: return mark('bad', 'lock', t('Fenced off'), true);
  }
}

export function stockState(value) {
  switch (value) {
    case 'negative': return mark('bad', 'warn', t('Negative'));
    case 'out': return mark('bad', 'x', t('Out'));
    case 'made': return mark('mut', 'draft', t('Made when sold'));
    case 'low': return mark('warn', 'warn', t('Low'));
    default: return null;
  }
}

export const atHeadquarters = () => mark('ok', 'check2', t('At headquarters'));
export const savedInStore = () => mark('ok', 'check', t('Saved in store'));

export const documentType = (type) => ({
  sale: t('Sale'), sale_return: t('Sale return'), goods_receipt: t('Goods receipt'), adjustment: t('Adjustment'),
  opening_balance: t('Opening balance'), transfer_out: t('Transfer out'), transfer_in: t('Transfer in'),
  stock_count: t('Stock count'), write_off: t('Write-off'), shift_open: t('Shift open'), shift_close: t('Shift close'),
}[type] || type);

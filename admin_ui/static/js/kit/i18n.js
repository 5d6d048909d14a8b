// The words of scripts, from the page's own JSON block. Keys are the English sentences; a missing one reads as English.

const block = document.getElementById('i18n');
const words = block ? JSON.parse(block.textContent) : {};

export const language = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en';
export const locale = language === 'zh' ? 'zh-CN' : 'en';

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));

// t('Saved {time}', {time: '14:31'})
export const t = (message, values = {}) => fill(words[message] ?? message, values);

// tn('{n} sale', '{n} sales', 3)
export function tn(singular, plural, n, values = {}) {
  const text = words[singular] ?? (n === 1 ? singular : plural);
  return fill(text, { n: n.toLocaleString('en-US'), ...values });
}

// tp('noun', 'Count'): the same English word with two meanings
export const tp = (context, message, values = {}) => fill(words[`${context}\u0004${message}`] ?? message, values);

// {name, name_zh} in the reader's language
export const named = (thing) => (language === 'zh' && thing.name_zh ? thing.name_zh : thing.name);

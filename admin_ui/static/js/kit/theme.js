// Language and theme: kept in cookies, so that the server paints the right page at once.

import { $$ } from './dom.js';
import { t } from './i18n.js';

const YEAR_S = 31536000;
const root = document.documentElement;

export function remember(name, value) {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR_S}; SameSite=Strict${secure}`;
}

export const dark = () =>
  root.dataset.theme === 'dark' || (root.dataset.theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);

export function setTheme(theme) {
  root.dataset.theme = theme;
  remember('kontor_theme', theme);
  label();
}

export function setLanguage(language) {
  remember('kontor_language', language);
  location.reload();
}

function label() {
  for (const button of $$('[data-theme-switch]')) {
    button.setAttribute('aria-label', dark() ? t('Light mode') : t('Dark mode'));
    const use = button.querySelector('use');
    use?.setAttribute('href', use.getAttribute('href').replace(/#.*$/, dark() ? '#sun' : '#moon'));
  }
}

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-theme-switch]')) setTheme(dark() ? 'light' : 'dark');
  const language = event.target.closest('[data-language]');
  if (language) setLanguage(language.dataset.language);
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', label);
label();

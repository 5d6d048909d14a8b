// Runs before the first paint of the cached shell, which knows no reader: language and theme come from this browser.
(function () {
  var root = document.documentElement, kept = {}, words = document.getElementById('i18n');
  if (!JSON.parse(document.getElementById('boot').textContent).shell) return;
  document.cookie.split('; ').forEach(function (pair) { var at = pair.indexOf('='); kept[pair.slice(0, at)] = pair.slice(at + 1); });
  var zh = (kept.kontor_language || navigator.language || 'en').slice(0, 2) === 'zh';
  root.lang = zh ? 'zh-CN' : 'en';
  root.dataset.theme = kept.kontor_theme || 'auto';
  if (!zh) words.textContent = '{}';
}());

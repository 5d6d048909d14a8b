// Keeps the till's shell so that it opens with the gateway down. It caches files and one neutral page - no session, no
// language, no theme, those come from local storage - and never an answer of the API. Served from the root as /till-sw.js;
// its query names the static tree (?base=/static/<hash>/), so a new tree is a new worker.
const base = new URL(location.href).searchParams.get('base');
const shell = '/till?shell=1';
const cache = 'till ' + base;
const files = [
  'css/tokens.css', 'css/base.css', 'css/till.css', 'icons.svg',
  'js/till/whole.js', 'js/till/catalogue-worker.js', 'js/till/early.js', 'till.webmanifest', 'favicon.svg',
].map(file => base + file);

self.addEventListener('install', event => event.waitUntil(
  caches.open(cache).then(c => c.addAll([shell, ...files])).then(() => self.skipWaiting())));

self.addEventListener('activate', event => event.waitUntil(
  caches.keys().then(keys => Promise.all(keys.filter(key => key.startsWith('till ') && key !== cache).map(key => caches.delete(key))))
    .then(() => self.clients.claim())));

// The gateway's own page wins while it answers; a gateway that hangs is as gone as one that is off.
const PAGE_WAIT = 1500;
async function page(request) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PAGE_WAIT);
  try {
    const answer = await fetch(request, { signal: stop.signal });
    if (answer.status < 500) return answer;
  } catch (fault) { /* falls through to the shell */ } finally { clearTimeout(timer); }
  return caches.match(shell);
}

self.addEventListener('fetch', event => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin) return;
  if (url.pathname === '/till' && event.request.mode === 'navigate') event.respondWith(page(event.request));
  else if (url.pathname.startsWith(base)) event.respondWith(caches.match(event.request).then(hit => hit || fetch(event.request)));
});

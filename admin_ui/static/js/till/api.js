// Asks the gateway. An answer is always {status, data, after}; status 0 means that there was none in time. Never throws.
const TIMEOUT = 4000;   // ms: a gateway in the same building that takes longer is treated as silent

let token = null, holder = null;
/** The token of the session, and whose it is. */
export const setToken = (value, person = null) => { token = value; holder = person; };

async function once(method, path, body, timeout) {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), timeout);
  try {
    const headers = { Accept: 'application/json' };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    if (method !== 'GET' && token) headers['X-CSRF-Token'] = token;
    const answer = await fetch('/api/v1' + path, {
      method, headers, signal: stop.signal, credentials: 'same-origin', body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    let data = null;
    try { data = text ? JSON.parse(text) : null; } catch (fault) { /* a proxy's page: the status says enough */ }
    return { status: answer.status, data, after: +answer.headers.get('Retry-After') || 0 };
  } catch (fault) {
    return { status: 0, data: null, after: 0 };
  } finally { clearTimeout(timer); }
}

/** The session of this browser: {status, data}; takes its token over. Somebody else's is none: on another page of this
    browser another person has signed in, and what is sold here must not go under their name. */
export async function session() {
  const answer = await once('GET', '/session', undefined, TIMEOUT);
  if (answer.status !== 200) return answer;
  if (holder && answer.data.person !== holder) return { status: 401, data: null, after: 0, taken: true };
  token = answer.data.csrf_token;
  return answer;
}

/** A page opened from its cached shell, or one whose session was renewed elsewhere, holds no valid token: fetch it and ask once more. */
export async function ask(method, path, body, timeout = TIMEOUT) {
  if (method !== 'GET' && !token && path !== '/session') await session();
  const answer = await once(method, path, body, timeout);
  if (answer.status !== 403 || method === 'GET' || path === '/session') return answer;
  const before = token, now = await session();
  if (now.taken) return now;
  return now.status === 200 && token !== before ? once(method, path, body, timeout) : answer;
}

/** A person's name as its reader writes it. */
export const nameOf = (who, language) => (language === 'zh' && who.display_name_zh) || who.display_name;

/** The gateway's own words for a refusal, in the reader's language. */
export function reason(data, language) {
  if (!data) return '';
  const say = (thing, field) => (language === 'zh' && thing[field + '_zh']) || thing[field] || '';
  const errors = (data.errors || []).map(error => say(error, 'detail')).filter(Boolean);
  return errors.length ? errors.join(' ') : say(data, 'detail') || say(data, 'title') || data.code || '';
}

// One stream of changes per visible page (HTTP/1.1 gives a browser six connections per host, so a hidden page
// gives its own back). Old figures stay on the screen and are marked when the stream is silent.
//
//   live.on('stock', (data) => …);  live.on('resync', refetch);  live.watch((state, at) => …);

import { $$, say } from './dom.js';
import { time } from './figures.js';
import { t } from './i18n.js';

const HEARTBEAT_S = 4;                        // the server's promise
const LATE_MS = (2 * HEARTBEAT_S + 1.5) * 1000; // two missed, and a little for the way
const RETRY_MIN_MS = 1000;
const RETRY_MAX_MS = 8000;                  // a gateway that restarts is back within seconds

class Live {
  #handlers = new Map();
  #watchers = new Set();
  #source = null;
  #lastId = '';
  #lastHeard = Date.now();
  #lateTimer = 0;
  #retryTimer = 0;
  #retry = RETRY_MIN_MS;
  #parameters = {};
  state = 'connecting'; // connecting | live | late

  constructor() {
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#close() : this.#open()));
    addEventListener('pagehide', () => this.#close());
    // All module scripts of a page run before this, so that the first stream already asks for every topic.
    document.addEventListener('DOMContentLoaded', () => this.#open());
    addEventListener('load', () => this.#open());
    addEventListener('pageshow', (event) => event.persisted && this.#open());
  }

  // Listens to a topic. A topic that comes late, after the stream was opened, opens it anew from where it was.
  on(topic, handler) {
    const known = this.#handlers.get(topic);
    if (known) known.push(handler);
    else this.#handlers.set(topic, [handler]);
    if (this.#source && !known) {
      this.#close();
      setTimeout(() => this.#open(), 0);
    } else if (document.readyState === 'complete') {
      setTimeout(() => this.#open(), 0);
    }
  }

  // Extra query parameters of the stream, e.g. {station: 'till-1'}; to be given before the first frame.
  ask(parameters) {
    Object.assign(this.#parameters, parameters);
  }

  watch(watcher) {
    this.#watchers.add(watcher);
    watcher(this.state, this.#lastHeard);
  }

  get lastHeard() {
    return this.#lastHeard;
  }

  #url() {
    const topics = [...this.#handlers.keys()].filter((topic) => topic !== 'resync' && topic !== 'heartbeat');
    const query = new URLSearchParams({ topics: topics.join(','), ...this.#parameters });
    if (this.#lastId) query.set('last_event_id', this.#lastId);
    return `/api/v1/events?${query}`;
  }

  #open() {
    if (this.#source || document.hidden || !this.#handlers.size) return;
    clearTimeout(this.#retryTimer);
    const source = new EventSource(this.#url());
    this.#source = source;
    source.onopen = () => {
      this.#retry = RETRY_MIN_MS;
      this.#heard();
    };
    source.onerror = () => {
      // The browser's own retry cannot be asked for a delay, and gives up on an HTTP error: we do it ourselves.
      this.#close();
      this.#set('late');
      this.#retryTimer = setTimeout(() => this.#open(), this.#retry + Math.random() * 300);
      this.#retry = Math.min(this.#retry * 2, RETRY_MAX_MS);
    };
    source.addEventListener('heartbeat', () => this.#heard());
    source.addEventListener('resync', (event) => this.#take('resync', event));
    for (const topic of this.#handlers.keys()) {
      if (topic !== 'resync' && topic !== 'heartbeat') source.addEventListener(topic, (event) => this.#take(topic, event));
    }
    this.#wait();
  }

  #close() {
    clearTimeout(this.#lateTimer);
    clearTimeout(this.#retryTimer);
    this.#source?.close();
    this.#source = null;
  }

  #take(topic, event) {
    if (event.lastEventId) this.#lastId = event.lastEventId;
    this.#heard();
    const data = event.data ? JSON.parse(event.data) : {};
    for (const handler of this.#handlers.get(topic) || []) handler(data);
  }

  #heard() {
    this.#lastHeard = Date.now();
    this.#set('live');
    this.#wait();
  }

  #wait() {
    clearTimeout(this.#lateTimer);
    this.#lateTimer = setTimeout(() => this.#set('late'), LATE_MS);
  }

  #set(state) {
    this.state = state;
    for (const watcher of this.#watchers) watcher(state, this.#lastHeard);
  }
}

export const live = new Live();

// Every [data-live] on the page says how fresh it is: "Live 14:31:07", or since when it is not.
live.watch((state, at) => {
  for (const place of $$('[data-live]')) {
    const [word, clock] = place.children;
    place.classList.toggle('late', state === 'late');
    const text = state === 'live' ? t('Live') : state === 'late' ? t('Not live since') : t('Connecting');
    say(word, text);
    say(clock, state === 'connecting' ? '' : time(at / 1000));
  }
});

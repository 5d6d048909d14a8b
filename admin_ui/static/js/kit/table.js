// A long list: pages of 50 fetched as the reader nears the end, at most 300 rows in the document, one path for mouse
// and keyboard. Without scripts the "more" row is a plain link and each row links to its own page.
//
//   const list = new List({scroller, table, url: (after) => '/stock/rows?after=…', open: (row) => …});
//
// Each page is one <tbody data-after="…">; a page far away is replaced by a spacer of its height and fetched again.

import { $, $$, fragment, h } from './dom.js';
import { inField, lettersOn } from './keys.js';
import { t } from './i18n.js';

const MAX_ROWS = 300;   // more nodes than this and old tablets stutter
const AHEAD = '800px';  // how far before the end the next page is asked for
const PHONE = '(max-width: 719px)'; // here the page scrolls, not the list; the list as root would always be in sight

export class List {
  constructor({ scroller, table, url, open = null, loaded = () => {} }) {
    Object.assign(this, { scroller, table, url, openRow: open, loaded });
    this.busy = false;
    const start = $('tbody', table);
    if (start && !start.dataset.after) start.dataset.after = new URLSearchParams(location.search).get('after') || '';
    this.seen = new IntersectionObserver((entries) => this.#near(entries), { root: matchMedia(PHONE).matches ? null : scroller, rootMargin: AHEAD });
    this.#observe();
    table.addEventListener('click', (event) => this.#click(event));
    scroller.addEventListener('keydown', (event) => this.#key(event));
    table.addEventListener('focusin', (event) => {
      const row = event.target.closest('tr[data-row]');
      if (row) this.#rove(row);
    });
    const first = $('tr[data-row]', table);
    if (first) first.tabIndex = 0;
  }

  rows() {
    return $$('tr[data-row]', this.table);
  }

  row(id) {
    return this.rows().find((row) => row.dataset.row === id) || null;
  }

  get current() {
    return $('tr.cur', this.table);
  }

  // Starts again from the top, e.g. for another search. Keeps the old rows until the new ones are here.
  async reset() {
    const round = (this.round = (this.round || 0) + 1);
    const page = await this.#fetch('');
    if (!page || round !== this.round) return;
    for (const body of $$('tbody', this.table)) body.remove();
    this.table.append(page);
    this.scroller.scrollTop = 0;
    this.#observe();
    const first = $('tr[data-row]', this.table);
    if (first) first.tabIndex = 0;
    this.loaded();
  }

  select(row, { focus = true } = {}) {
    this.current?.classList.remove('cur');
    if (!row) return;
    row.classList.add('cur');
    this.#rove(row);
    if (focus) row.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
  }

  #rove(row) {
    for (const other of $$('tr[tabindex="0"]', this.table)) other.tabIndex = -1;
    row.tabIndex = 0;
  }

  #click(event) {
    const row = event.target.closest('tr[data-row]');
    if (!row || !this.openRow || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest('a:not([data-open]), button')) return;
    event.preventDefault();
    this.select(row);
    this.openRow(row);
  }

  #key(event) {
    if (inField(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const letters = lettersOn();
    const step = event.key === 'ArrowDown' || (letters && event.key === 'j') ? 1 : event.key === 'ArrowUp' || (letters && event.key === 'k') ? -1 : 0;
    if (step) {
      const rows = this.rows();
      const at = rows.indexOf(this.current || document.activeElement.closest('tr[data-row]'));
      const next = rows[at < 0 ? 0 : at + step];
      if (next) {
        event.preventDefault();
        this.select(next);
        if (this.moved) this.moved(next);
      }
    } else if (event.key === 'Enter' && event.target.matches('tr[data-row]')) {
      event.preventDefault();
      this.select(event.target);
      if (this.openRow) this.openRow(event.target);
      else $('a', event.target)?.click();
    }
  }

  #observe() {
    this.seen.disconnect();
    for (const mark of $$('tr.more, tr.spacer', this.table)) this.seen.observe(mark);
  }

  async #near(entries) {
    const entry = entries.find((one) => one.isIntersecting);
    if (!entry || this.busy) return;
    this.busy = true;
    const mark = entry.target;
    const page = await this.#fetch(mark.dataset.after);
    this.busy = false;
    if (!page || !mark.isConnected) return;
    mark.closest('tbody').replaceWith(page);
    this.#trim(mark.classList.contains('spacer') ? 'below' : 'above');
    this.#observe();
    this.loaded();
  }

  async #fetch(after) {
    try {
      const answer = await fetch(this.url(after), { headers: { Accept: 'text/html' }, credentials: 'same-origin' });
      if (!answer.ok) throw new Error(String(answer.status));
      const nodes = fragment(await answer.text());
      for (const body of $$('tbody', nodes)) if (!body.dataset.after) body.dataset.after = after;
      return nodes;
    } catch {
      const link = $('tr.more a', this.table);
      if (link) link.textContent = t('Could not load more. Tap to try again.');
      return null;
    }
  }

  // Takes whole pages out at the far end. The page that holds the focus or the selected row stays.
  #trim(side) {
    let count = this.rows().length;
    const pages = $$('tbody', this.table).filter((body) => $('tr[data-row]', body));
    if (side === 'below') pages.reverse();
    for (const page of pages) {
      if (count <= MAX_ROWS) return;
      if (page.contains(document.activeElement) || page.contains(this.current)) continue;
      const height = page.offsetHeight;
      count -= $$('tr[data-row]', page).length;
      const cell = h('td', { colspan: '99' });
      cell.style.height = `${height}px`;
      page.replaceChildren(h('tr', { class: 'spacer', dataset: { after: page.dataset.after || '' }, 'aria-hidden': 'true' }, cell));
    }
  }
}

// Lights a changed cell up once. Never moves a row.
export function flash(cell) {
  cell.classList.remove('hit');
  void cell.offsetWidth; // restarts the animation
  cell.classList.add('hit');
}

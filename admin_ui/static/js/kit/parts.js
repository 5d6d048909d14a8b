// Parts of a page, [data-part=…], fetched anew from the server. Nothing is swapped under a finger.

import { $, $$ } from './dom.js';

export async function refreshParts() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, credentials: 'same-origin' });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const old of $$('[data-part]')) {
      const fresh = $(`[data-part=${old.dataset.part}]`, page);
      if (fresh && !old.open && !old.contains(document.activeElement) && !old.matches(':hover')) old.replaceWith(document.importNode(fresh, true));
    }
  } catch {
    // The strip on top tells that nobody answers; what happens next asks again.
  }
}

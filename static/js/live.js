// Keeps the page of a run as the server has it. The server says that something has changed and not what;
// then the page fetches itself and takes over what differs in the regions marked `data-live`.
// Without this script, and wherever it fails, "Look again" does the same.
'use strict';
(() => {
  const line = document.getElementById('said'); // what is announced; it also bears the two addresses
  const mark = document.getElementById('live');
  const main = document.getElementById('main');
  const silence = 5000; // milliseconds between two announcements
  const patience = 3000; // milliseconds before a page that did not come is fetched again

  let source = null;
  let over = false;
  let shown = line.dataset.version;
  let told = shown;
  let fetching = false;
  let timer = 0;
  const unsaid = new Map();

  function open() {
    if (source || over || document.hidden) return;
    const stream = new EventSource(line.dataset.events);
    source = stream;
    stream.onopen = () => { mark.hidden = false; };
    stream.onmessage = ({ data }) => { told = data; look(); };
    stream.onerror = () => {
      mark.hidden = true;
      // The browser connects again by itself, unless the server refused.
      if (stream.readyState === EventSource.CLOSED && source === stream) close();
    };
  }

  function close() {
    source?.close();
    source = null;
    mark.hidden = true;
  }

  async function look() {
    if (fetching) return;
    fetching = true;
    while (source && told !== shown) {
      const asked = told;
      try {
        const page = new URL(line.dataset.page, location.href);
        page.search = location.search;
        const answer = await fetch(page, { headers: { Accept: 'text/html' }, redirect: 'manual' });
        if (!answer.ok) { close(); break; }
        take(new DOMParser().parseFromString(await answer.text(), 'text/html'));
        if (told === asked) told = shown; // the page may be newer than what was told
      } catch {
        await new Promise((done) => setTimeout(done, patience));
      }
    }
    fetching = false;
  }

  function take(fresh) {
    const before = words();
    const focused = document.activeElement;
    const around = focused?.closest('[data-live]')?.dataset.live;
    document.title = fresh.title;
    for (const region of document.querySelectorAll('[data-live]')) {
      const next = region.isConnected && !region.parentElement.closest('[data-live]') && find(fresh, region.dataset.live);
      if (next) renew(region, next);
    }
    if (focused && !focused.isConnected) pass(focused, around);
    for (const [name, say] of words()) if (before.get(name) !== say) unsaid.set(name, say);
    speak();
    const now = fresh.getElementById('said');
    if (now) {
      shown = now.dataset.version;
    } else {
      over = true;
      close();
    }
  }

  /** What had the focus is gone: it goes to its double, or to what it stood in, or to the page. */
  function pass(focused, around) {
    for (const heir of [document.getElementById(focused.id), find(document, around), main]) {
      heir?.focus({ preventScroll: true });
      if (heir && document.activeElement === heir) return;
    }
  }

  function find(tree, name) {
    return [...tree.querySelectorAll('[data-live]')].find((region) => region.dataset.live === name);
  }

  /** Makes `old` what `fresh` is and touches nothing else, so that focus, scroll and open details stay. */
  function renew(old, fresh) {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeType !== Node.ELEMENT_NODE) {
      old.data = fresh.data;
      return;
    }
    const kept = (name) => name === 'open' && old.localName === 'details';
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !kept(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value && !kept(name)) old.setAttribute(name, value);
    }
    let here = old.firstChild;
    for (const next of [...fresh.childNodes]) {
      let same = here;
      // Only what has a name of its own is looked for further on.
      while (same && !alike(same, next)) same = key(next) ? same.nextSibling : null;
      if (same) {
        while (here !== same) here = removed(here);
        here = here.nextSibling;
        renew(same, next);
      } else {
        old.insertBefore(next, here);
      }
    }
    while (here) here = removed(here);
  }

  function removed(node) {
    const next = node.nextSibling;
    node.remove();
    return next;
  }

  function alike(one, other) {
    return one.nodeName === other.nodeName && key(one) === key(other);
  }

  function key(node) {
    return node.nodeType === Node.ELEMENT_NODE ? node.dataset.live || node.id : '';
  }

  /** What each region says of itself. */
  function words() {
    return new Map([...document.querySelectorAll('[data-say]')].map((region) => [region.dataset.live, region.dataset.say]));
  }

  function speak() {
    if (timer || unsaid.size === 0) return;
    line.textContent = [...unsaid.values()].join('. ');
    unsaid.clear();
    timer = setTimeout(() => { timer = 0; speak(); }, silence);
  }

  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  document.addEventListener('submit', close); // the next page has its own stream
  open();
})();

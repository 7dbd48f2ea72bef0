// What clients do, outside the list of messages: how many sessions are new, and the hits of fault rules.

const PAUSE = 500; // milliseconds between two looks: sessions end by the hundred

const fresh = document.querySelector("[data-sessions-news]");
const places = "[data-hits]";

let number = 0;
let timer = 0;
let again = false;

/** A session is over. */
export function sessionEnded() {
  if (fresh) {
    number += 1;
    fresh.hidden = false;
    fresh.textContent = `${number} new`;
  }
  ruleMayHaveFired();
}

/** Something has come or gone: the hits of fault rules may be others. */
export function ruleMayHaveFired() {
  again = true;
  if (!timer && document.querySelector(places)) look();
}

/** Put the numbers of the page as it is now into the places of the old ones. */
async function look() {
  again = false;
  timer = setTimeout(() => {
    timer = 0;
    if (again) look();
  }, PAUSE);
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll(places)) {
    const now = page.querySelector(`[data-hits="${CSS.escape(old.dataset.hits)}"]`);
    if (now && now.textContent !== old.textContent) old.replaceWith(now);
  }
}

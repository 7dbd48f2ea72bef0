// Saved searches: kept in this browser, shown in the rail with how many messages each finds.

import { at } from "./base.js";
import { announce } from "./copy.js";
import { openDialog } from "./dialog.js";

const NAME = "mailsink.searches";
const MOST = 30;
const PATIENCE = 2_000; // milliseconds that a count may take; a search that is slower is not counted again
const PAUSE = 1_000; // milliseconds between two rounds of counting

const place = document.querySelector("[data-searches]");
const first = place ? [...place.children] : []; // those that the server offers
const slow = new Set();
let timer = 0;
let counted = 0;
let again = false; // whether to count once more when this round is over

/** The searches: what the browser kept, else `null`. */
function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(NAME));
    return Array.isArray(found) ? found.filter((s) => s && typeof s.name === "string" && typeof s.q === "string") : null;
  } catch {
    return null;
  }
}

/** The searches that the rail shows. */
export function searches() {
  return kept() ?? first.map((line) => {
    const link = line.querySelector("a");
    return { name: link.title, q: link.dataset.q };
  });
}

function keep(found) {
  if (found) localStorage.setItem(NAME, JSON.stringify(found.slice(0, MOST)));
  else localStorage.removeItem(NAME);
  showSearches();
  countSearches();
}

/** Write the searches into the rail. */
export function showSearches() {
  if (!place || !first.length) return;
  const found = kept();
  place.replaceChildren(...(found ? found.map(line) : first));
  place.previousElementSibling.hidden = !place.children.length;
  showButton();
  showSettings();
}

function line({ name, q }) {
  const known = first.find((line) => line.querySelector("a").dataset.q === q);
  const made = (known ?? first[0]).cloneNode(true);
  const link = made.querySelector("a");
  const address = new URL(place.dataset.listUrl, location.href);
  address.searchParams.set("q", q);
  link.href = address.pathname + address.search;
  link.dataset.q = q;
  link.title = name;
  link.querySelector(".cut").textContent = name;
  made.querySelector(".count")?.remove();
  const icon = made.querySelector("use");
  if (!known) icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, "#search"));
  if (isHere(q)) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
  return made;
}

function isHere(q) {
  return location.pathname === at("/") && new URLSearchParams(location.search).get("q")?.trim() === q;
}

export function enableSearches() {
  showSearches();
  countSearches();
}

/** Keep the search of this page under a name, or forget it. */
export function saveSearch() {
  const q = new URLSearchParams(location.search).get("q")?.trim();
  if (!q) return false;
  const found = searches();
  if (found.some((search) => search.q === q)) {
    keep(found.filter((search) => search.q !== q));
    announce("Search removed");
    return true;
  }
  ask(q, (name) => {
    keep([...found, { name, q }]);
    announce("Search saved");
  });
  return true;
}

export function resetSearches() {
  keep(null);
}

function ask(q, then) {
  const dialog = openDialog("naming");
  if (!dialog) return;
  const field = dialog.querySelector("input");
  dialog.querySelector("code").textContent = q;
  field.value = q.slice(0, field.maxLength);
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "save" && field.value.trim()) then(field.value.trim());
  });
  field.select();
}

function showButton() {
  const button = document.querySelector("[data-do=save-search]");
  if (!button) return;
  const isSaved = searches().some((search) => isHere(search.q));
  const icon = button.querySelector("use");
  icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, isSaved ? "#minus" : "#plus"));
  button.querySelector("span").textContent = isSaved ? "Remove saved search" : "Save search";
  button.title = isSaved ? "Remove this search from the rail" : "Save this search";
  button.ariaPressed = String(isSaved);
}

function showSettings() {
  const lines = document.querySelector("[data-saved]");
  lines?.replaceChildren(...searches().map(({ name, q }) => {
    const made = document.querySelector("template[data-saved-line]").content.firstElementChild.cloneNode(true);
    made.querySelector("b").textContent = name;
    made.querySelector("code").textContent = q;
    const remove = made.querySelector("button");
    remove.ariaLabel = `Remove “${name}”`;
    remove.addEventListener("click", () => keep(searches().filter((search) => search.q !== q)));
    return made;
  }));
}

/** Count what each search finds, soon, and not while nobody looks. */
export function countSearches() {
  if (!place || document.hidden) return;
  again = true;
  if (timer) return;
  timer = setTimeout(() => {
    if (window.requestIdleCallback) requestIdleCallback(countAll, { timeout: PAUSE });
    else countAll();
  }, Math.max(0, counted + PAUSE - Date.now()));
}

async function countAll() {
  again = false;
  for (const link of place.querySelectorAll("a")) {
    const { q } = link.dataset;
    if (slow.has(q)) continue;
    const asked = new URLSearchParams(new URL(place.dataset.listUrl, location.href).search);
    asked.set("q", q);
    asked.set("limit", 1);
    try {
      const answer = await fetch(at(`/api/messages?${asked}`), { signal: AbortSignal.timeout(PATIENCE) });
      if (answer.ok) write(link, (await answer.json()).total);
    } catch (error) {
      if (error.name === "TimeoutError") slow.add(q);
    }
  }
  timer = 0;
  counted = Date.now();
  if (again) countSearches();
}

function write(link, number) {
  let count = link.querySelector(".count");
  if (!number) return count?.remove();
  if (!count) {
    count = document.createElement("span");
    count.className = "count";
    link.append(count);
  }
  count.textContent = number;
}

// What happens in the sink changes the page: rows come, change and go. Their markup comes from the server.

import { at } from "./base.js";
import { announce } from "./copy.js";
import { drop, homeOf, isAtTop, isListVisible, list, message, put, rowOf, rows, scrollToTop, section, spans, words } from "./list.js";
import { follow } from "./live.js";
import { loaded } from "./loading.js";
import { notify } from "./notify.js";
import { countSearches } from "./saved.js";
import { countTicked } from "./selection.js";
import { ruleMayHaveFired, sessionEnded } from "./sessions.js";
import { localise, nameDays, now } from "./times.js";
import { toast, undoOf } from "./toast.js";

const BURST = 40; // milliseconds in which events are gathered into one question
const MOST = 100; // rows that one question may name
const LONG = 300; // rows after which a list is too long to go on growing
const GLOW = 280; // milliseconds after which a new row's tint begins to fade
const EMPTY = 400; // milliseconds that a list may be empty before the page says so

const news = document.querySelector("[data-news]");

let isOff = false; // whether mailsink does not answer
let arrived = false;
let waiting = 0;
let changed = new Set();
let timer = 0;
let busy = false;
let again = false;

export function enableNews() {
  const retry = follow(told);
  document.querySelector("[data-banner-retry]").addEventListener("click", retry);
  window.navigation?.addEventListener("navigate", stay);
  // Whoever sends the test mail is led to it: the page must not be read anew meanwhile.
  document.addEventListener("submit", () => delete document.body.dataset.firstRun);
  news?.addEventListener("click", () => {
    if (!list.dataset.rows || list.hidden) return location.assign(homeOf());
    scrollToTop();
    soon();
  });
  for (const target of [window, document.querySelector("[data-scroller]")]) {
    target?.addEventListener("scroll", () => waiting && isAtTop() && soon(), { passive: true });
  }
}

function told({ kind, data }) {
  if (kind === "on") return connected(true);
  if (kind === "off") return connected(false);
  if (kind === "session") sessionEnded();
  else if (kind === "captured") {
    if ("firstRun" in document.body.dataset) return location.reload();
    notify(data);
    ruleMayHaveFired();
    if (words.get("inbox") && words.get("inbox") !== data.inbox) return soon();
    // One that was put back has its old place, not one at the top.
    if (spans(data.id)) changed.add(data.id);
    else arrived = true;
    if (!isListVisible() && !words.get("q")) tellOf(data);
  } else if (kind === "changed") {
    for (const id of data.ids) changed.add(id);
  } else if (kind === "deleted") {
    remove(data);
  } else if (kind === "reset") {
    // Events were lost: everything that is shown may have changed or gone.
    arrived = true;
    for (const row of rows()) changed.add(row.dataset.id);
  }
  soon();
}

function soon() {
  again = true;
  if (!timer && !busy) timer = setTimeout(ask, BURST);
}

/** Ask for the rows that are missing or old, and for the counts. */
async function ask() {
  timer = 0;
  again = false;
  busy = true;
  const shown = [...changed].filter((id) => rowOf(id) || spans(id));
  const asked = shown.slice(0, MOST);
  const takes = Boolean(list?.dataset.rows) && (arrived || waiting > 0);
  changed = new Set(shown.slice(MOST));
  arrived = false;
  try {
    const answer = await fetch(at(`/rows?${question(asked, takes)}`));
    if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"), asked);
    else toast("The list could not be brought up to date.", "It may be old: load the page again.");
  } catch {
    // The stream notices too, and says so; what was asked comes again when it is back.
    for (const id of asked) changed.add(id);
    arrived = arrived || takes;
    again = false;
  } finally {
    busy = false;
    if (again || changed.size > MOST) soon();
  }
}

function question(ids, takes) {
  const asked = new URLSearchParams(words);
  asked.set("section", section);
  asked.set("current", message || "");
  asked.set("ids", ids.join(","));
  // A list that has grown long is replaced by its first page.
  if (takes) asked.set("above", rows().length > LONG ? "" : rows()[0]?.dataset.id || "");
  return asked;
}

function show(answer, asked) {
  const fresh = answer.querySelector("[data-fresh]");
  for (const part of answer.querySelectorAll("[data-swap]")) {
    document.querySelector(`[data-swap="${part.dataset.swap}"]`)?.replaceWith(part);
  }
  name(Number(answer.querySelector("[data-unread]").value));
  replace([...answer.querySelectorAll("[data-changed] > .row")], asked);
  countSearches();
  if (!fresh.children.length) return;
  if (list.hidden) return location.assign(homeOf());
  if (isListVisible() && isAtTop()) insert(fresh);
  else count(Number(fresh.dataset.arrived), "missed" in fresh.dataset);
}

/** Put rows that changed into their places; a row that no longer belongs here goes. */
function replace(found, asked) {
  const left = new Set(asked);
  for (const row of found) {
    left.delete(row.dataset.id);
    localise(row);
    put(row);
  }
  // What did not come back was deleted, or has ceased to match the search.
  drop([...left].filter((id) => id !== message));
  countTicked();
}

function insert(fresh) {
  const arrivals = [...fresh.children].filter((line) => !line.matches(".is-day"));
  const number = Number(fresh.dataset.arrived);
  if ("missed" in fresh.dataset) list.replaceChildren(...arrivals);
  else list.prepend(...arrivals.filter((line) => !line.dataset.id || !rowOf(line.dataset.id)));
  localise(list.parentElement);
  nameDays(list);
  count(0);
  announce(`${number} new ${number === 1 ? "message" : "messages"}`);
  setTimeout(() => arrivals.forEach((line) => line.classList.remove("is-arriving")), GLOW);
}

function count(number, isLeast = false) {
  if (number && !waiting) announce(`${number} new ${number === 1 ? "message" : "messages"}`);
  waiting = number;
  if (!news) return;
  news.hidden = !number;
  news.textContent = `${number}${isLeast ? "+" : ""} new`;
}

function remove({ inbox, ids }) {
  const here = words.get("inbox");
  if (!ids.length) {
    if (!inbox || inbox === here || !rows().length) return location.assign(homeOf());
    if (!here) return location.reload();
    return;
  }
  if (ids.includes(message) && !undoOf()) toast("This message was deleted.", "You see what was here.", document.body.dataset.back, "Show the list");
  drop(ids);
  countTicked();
  if (!list || rows().length || message || list.hidden) return;
  setTimeout(() => {
    if (rows().length) return;
    const token = undoOf();
    const home = new URL(list.dataset.rows || location.href, location.href);
    if (token) home.searchParams.set("undo", token);
    location.replace(home);
  }, EMPTY);
}

function tellOf(summary) {
  const recipient = summary.envelope.recipients.find((r) => r.reply.code < 400);
  const url = at(`/messages/${encodeURIComponent(summary.id)}`);
  toast(summary.subject || "(no subject)", `to ${recipient ? recipient.path : "nobody"}`, url);
}

/** A page that does not come would take away the one that is here: go only once mailsink answers. */
function stay(event) {
  const goes = ["push", "replace"].includes(event.navigationType) && !event.hashChange;
  if (!isOff || !goes || !event.cancelable || event.formData || event.downloadRequest !== null) return;
  event.preventDefault();
  const { url } = event.destination;
  fetch(url, { method: "HEAD" }).then(
    () => {
      isOff = false;
      location.assign(url);
    },
    () => {
      loaded();
      toast("mailsink does not answer.", "You see what was here.");
    },
  );
}

function connected(isOn) {
  isOff = !isOn;
  const live = document.querySelector("[data-live]");
  const banner = document.querySelector("[data-banner]");
  live.dataset.live = isOn ? "on" : "off";
  live.classList.toggle("is-off", !isOn);
  live.textContent = isOn ? "Live" : "Not connected";
  if (!isOn && banner.hidden) banner.querySelector("[data-banner-time]").textContent = now();
  banner.hidden = isOn;
  for (const button of document.querySelectorAll("button[type=submit]")) {
    if (isOn && "off" in button.dataset) turn(button, true);
    else if (!isOn && button.form?.method === "post" && !button.disabled) turn(button, false);
  }
  if (isOn && (arrived || changed.size)) soon();
}

/** Let a button be pressed, or not until the connection is back; those that were off before stay so. */
function turn(button, isOn) {
  button.disabled = !isOn;
  if (isOn) delete button.dataset.off;
  else button.dataset.off = "";
}

/** The unread count stands in the title, and marks the icon. */
function name(unread) {
  const heading = document.querySelector("h1 > [data-swap='scope-name']");
  const title = heading ? `${heading.textContent} · mailsink` : document.title.replace(/^\(\d+\) /, "");
  document.title = unread ? `(${unread}) ${title}` : title;
  const icon = document.querySelector("[data-icon]");
  icon.href = unread ? icon.dataset.iconUnread : icon.dataset.icon;
}

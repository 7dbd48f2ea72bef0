// The list of messages on the page: its rows, which of them is meant, how rows come and go.
//
// Rows stand newest first, and ids are in the order in which messages came.

import { at } from "./base.js";
import { nameDays } from "./times.js";

const CONTROLS = [".row-link", "input", ".row-star", ".code-chip"];

export const list = document.querySelector("[data-list]");
export const { message, section } = document.body.dataset;
export const words = new URLSearchParams(document.body.dataset.scope);

export function rows() {
  return list ? [...list.querySelectorAll(".row")] : [];
}

export function rowOf(id) {
  return list?.querySelector(`.row[data-id="${CSS.escape(id)}"]`);
}

/** The row with the focus, else that of the open message. */
export function currentRow() {
  return document.activeElement?.closest(".row") ?? list?.querySelector(".row.is-current");
}

/** Whether a message with that id would stand between the rows that are shown. */
export function spans(id) {
  const shown = rows();
  if (!shown.length || id > shown[0].dataset.id) return false;
  return id > shown.at(-1).dataset.id || !list.querySelector(".more");
}

/** Put a row into its place: that of the old one, else the one its id gives it. */
export function put(row) {
  const { id } = row.dataset;
  const old = rowOf(id);
  if (!old) {
    const below = rows().find((other) => other.dataset.id < id) ?? list.querySelector(".more");
    list.insertBefore(row, below ?? null);
    nameDays(list);
    return;
  }
  const focused = CONTROLS.find((control) => old.querySelector(control) === document.activeElement);
  row.querySelector("input").checked = old.querySelector("input").checked;
  old.replaceWith(row);
  if (focused) row.querySelector(focused)?.focus();
}

/** Take rows away; the focus goes to the one that is next to them. */
export function drop(ids) {
  const gone = ids.map(rowOf).filter(Boolean);
  const focused = gone.find((row) => row.contains(document.activeElement));
  const next = focused && (beside(focused, gone, 1) ?? beside(focused, gone, -1));
  for (const row of gone) row.remove();
  next?.querySelector(".row-link").focus();
  if (gone.length) nameDays(list);
}

function beside(row, gone, by) {
  const all = rows();
  let at = all.indexOf(row);
  while (all[at] && gone.includes(all[at])) at += by;
  return all[at];
}

/** The address of the list's first page, without what is open. */
export function homeOf() {
  return list?.dataset.rows || at(words.size ? `/?${words}` : "/");
}

export function isAtTop() {
  const own = document.querySelector("[data-scroller]");
  return window.scrollY < 8 && (own?.scrollTop ?? 0) < 8;
}

export function scrollToTop() {
  const own = document.querySelector("[data-scroller]");
  const moves = own && own.scrollHeight > own.clientHeight && getComputedStyle(own).overflowY !== "visible";
  (moves ? own : window).scrollTo({ top: 0 });
}

export function isListVisible() {
  return Boolean(list) && (list.hidden ? !message : list.checkVisibility());
}

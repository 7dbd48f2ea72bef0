// Ticked rows: by click, by shift and click, by keys. What is ticked is in the form itself.

import { announce } from "./copy.js";
import { currentRow, list, rows } from "./list.js";

let anchor = null; // the row ticked last: where a range begins

export function enableSelection() {
  list?.addEventListener("click", (event) => {
    const box = event.target.closest("input[type=checkbox]");
    if (!box) return;
    const row = box.closest(".row");
    if (event.shiftKey && anchor?.isConnected) tickBetween(anchor, row, box.checked);
    anchor = row;
    countTicked();
  });
  // A click on a row's label with shift would mark text.
  list?.addEventListener("mousedown", (event) => event.shiftKey && event.target.closest(".row-mark") && event.preventDefault());
  countTicked();
}

export function ticked() {
  return list ? [...list.querySelectorAll(".row-mark :checked")] : [];
}

/** Tick the row with the focus, or take its tick away. */
export function tick() {
  const row = currentRow();
  if (!row) return false;
  row.querySelector("input").click();
  return true;
}

/** Tick every row that is shown; none, if all are. */
export function tickAll() {
  const boxes = rows().map(boxOf);
  const isAll = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !isAll;
  countTicked();
  return boxes.length > 0;
}

/** Take every tick away; false when there was none. */
export function tickNone() {
  const boxes = ticked();
  for (const box of boxes) box.checked = false;
  countTicked();
  return boxes.length > 0;
}

/** Tick the row with the focus and the one that `step` then moves to. */
export function extend(step) {
  const row = currentRow();
  if (row) boxOf(row).checked = true;
  step();
  const next = currentRow();
  if (next) boxOf(next).checked = true;
  anchor = next;
  countTicked();
  return true;
}

/** Say how many rows are ticked. */
export function countTicked() {
  const place = document.querySelector("[data-selected]");
  if (!place) return;
  const text = `${ticked().length} selected`;
  if (place.textContent === text) return;
  if (place.textContent) announce(text);
  place.textContent = text;
}

function tickBetween(from, to, isTicked) {
  const all = rows();
  const [first, last] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
  for (const row of all.slice(first, last + 1)) boxOf(row).checked = isTicked;
}

function boxOf(row) {
  return row.querySelector(".row-mark input");
}

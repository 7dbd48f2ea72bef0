// Whoever comes back from a message to its list finds the place again: its row, in view and with the focus.

import { list, message, rowOf } from "./list.js";

const NAME = "mailsink.left"; // the message that was open on the page before this one

export function enableReturning() {
  const left = sessionStorage.getItem(NAME);
  sessionStorage.removeItem(NAME);
  if (message) window.addEventListener("pagehide", () => sessionStorage.setItem(NAME, message));
  else if (left && list && !list.hidden && document.activeElement === document.body) show(rowOf(left));
}

function show(row) {
  if (!row) return;
  row.querySelector(".row-link").focus({ preventScroll: true });
  const { top, bottom } = row.getBoundingClientRect();
  const bar = document.querySelector(".listbar").getBoundingClientRect().bottom;
  if (top < bar || bottom > innerHeight) row.scrollIntoView({ block: "center" });
}

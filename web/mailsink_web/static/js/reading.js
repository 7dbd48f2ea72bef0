// Opening a message marks it read: the page says so once it is visible. GET alone never does.

import { at } from "./base.js";

export function markRead() {
  const { message, unread } = document.body.dataset;
  if (!message || unread === undefined) return;
  if (document.visibilityState === "visible") tell(message);
  else document.addEventListener("visibilitychange", () => tell(message), { once: true });
}

async function tell(id) {
  const answer = await fetch(at(`/api/messages/${encodeURIComponent(id)}`), {
    method: "PATCH",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ read: true }),
  });
  if (!answer.ok) return;
  const read = document.querySelector("[data-read]");
  const unread = document.querySelector("[data-unread-button]");
  if (!read || !unread) return;
  read.remove();
  unread.hidden = false;
  unread.dataset.key = "u";
}

// Chromium draws no ring on a frame that Tab reaches.
const desk = document.querySelector("[data-desk]");
if (desk) {
  const look = () => desk.classList.toggle("is-focused", desk.contains(document.activeElement));
  window.addEventListener("blur", look);
  window.addEventListener("focus", look);
}

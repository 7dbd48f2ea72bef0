// Forms that act on messages are sent without leaving the page; what they changed comes by the stream.

import { announce } from "./copy.js";
import { currentRow } from "./list.js";
import { showToasts, toast } from "./toast.js";

export function enableActing() {
  document.addEventListener("submit", (event) => {
    if (!("acts" in event.target.dataset)) return;
    event.preventDefault();
    send(event.target, new FormData(event.target, event.submitter));
  });
  // The tag that was written last is not there any more when another is wanted.
  document.addEventListener("beforetoggle", ({ target, newState }) => {
    if (newState === "open" && target.matches(".is-tagging")) target.querySelector("input").value = "";
  }, true);
}

/** Do something to the ticked rows, else to the row with the focus; false when there is neither. */
export function act(what) {
  const form = document.getElementById("messages");
  if (!form) return false;
  const data = new FormData(form);
  if (!data.has("id")) {
    const row = currentRow();
    if (!row) return false;
    data.append("id", row.dataset.id);
  }
  data.set("do", what);
  send(form, data);
  return true;
}

async function send(form, data) {
  const isUndo = form.closest("[data-undo]");
  let answer;
  try {
    answer = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(data) });
  } catch {
    toast("mailsink does not answer.", "Nothing was changed.");
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok) {
    toast(page.querySelector("h1")?.textContent ?? answer.statusText, page.querySelector(".empty p")?.textContent);
    return;
  }
  document.querySelector("#tagging:popover-open")?.hidePopover();
  if (isUndo) {
    isUndo.remove();
    announce("Undone");
  }
  showToasts(page);
}

// The test of a message, over the page that it is about: the same as its page, without leaving this one.

import { make } from "./dialog.js";

export function enableTests() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-test]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openTest(link.href);
  });
}

/** Show the test that stands at an address. */
export async function openTest(href) {
  const made = await read(href);
  if (!made) return location.assign(href);
  const place = make("section", "popover snippet", ...made.childNodes);
  place.popover = "auto";
  place.ariaLabel = "As test";
  place.addEventListener("toggle", ({ newState }) => newState === "closed" && place.remove());
  place.addEventListener("keydown", ({ key }) => key === "t" && place.querySelector("[data-key=t]").click());
  place.addEventListener("click", async (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    const other = await read(link.href);
    if (!other) return;
    place.replaceChildren(...other.childNodes);
    focus(place);
  });
  document.body.append(place);
  place.showPopover();
  focus(place);
}

async function read(href) {
  const answer = await fetch(href).catch(() => null);
  if (!answer?.ok) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-as-test]");
}

function focus(place) {
  place.querySelector("[aria-current]").focus();
}

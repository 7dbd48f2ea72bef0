// Short news at the foot of the page: mail that no list shows, and what can be undone.

const STAYS = 8_000; // milliseconds; a pointer or the focus on it keeps it
const UNDOABLE = 60_000; // milliseconds for which a deletion can be undone

const place = document.querySelector("[data-toasts]");

/** Show `title` and `text`; `href` is where the link called `name` leads, nothing without it. */
export function toast(title, text = "", href = "", name = "Open") {
  const made = document.querySelector("template[data-toast]").content.firstElementChild.cloneNode(true);
  made.querySelector("[data-toast-title]").textContent = title;
  made.querySelector("[data-toast-text]").textContent = text;
  const link = made.querySelector("[data-toast-link]");
  link.textContent = name;
  if (href) link.href = href;
  else link.remove();
  // What can be undone is not driven away by other news.
  place.replaceChildren(...place.querySelectorAll("[data-undo]"), made);
  fade(made, STAYS);
}

/** Show the toasts of another page: what it offers to undo. */
export function showToasts(page) {
  const offers = [...page.querySelectorAll("[data-toasts] > .toast")];
  if (!offers.length) return;
  place.replaceChildren(...offers);
  for (const offer of offers) fade(offer, UNDOABLE);
}

/** The token of the deletion that is offered to be undone, `""` if there is none. */
export function undoOf() {
  return place.querySelector("[data-undo]")?.dataset.undo ?? "";
}

export function enableToasts() {
  place.addEventListener("click", (event) => {
    const close = event.target.closest("[data-toast-close]");
    if (!close) return;
    event.preventDefault();
    close.closest(".toast").remove();
  });
  for (const offer of place.children) fade(offer, UNDOABLE);
  // It is offered once: a reload of the page, or a link to it, must not speak of it again.
  const here = new URL(location.href);
  if (!here.searchParams.has("undo")) return;
  here.searchParams.delete("undo");
  history.replaceState(history.state, "", here);
}

function fade(made, stays) {
  setTimeout(() => {
    if (made.matches(":hover, :focus-within")) fade(made, STAYS);
    else made.remove();
  }, stays);
}

// Shortcuts. They move the real focus, do nothing in a field, and leave the browser's own keys alone.

export function enableKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const action = actions[event.key];
    if (action && action() !== false) event.preventDefault();
  });
}

const actions = {
  "/": () => document.querySelector(".search-field input").select(),
  j: () => step(1),
  k: () => step(-1),
  Escape: () => press("back"),
  u: () => press("u"),
  "#": () => press("#"),
  d: () => press("d"),
  c: () => currentRow()?.querySelector(".code-chip")?.click() ?? document.querySelector(".code-card .button")?.click(),
  x: () => currentRow()?.querySelector("input")?.click(),
};
for (let number = 1; number <= 7; number += 1) {
  actions[number] = () => document.querySelector(`.tabs a:nth-of-type(${number})`)?.click() ?? false;
}

function press(key) {
  const control = document.querySelector(`[data-key="${key}"]`);
  if (!control || control.ariaDisabled === "true") return false;
  control.click();
  return true;
}

/** On a message: the next one. In a list: the next row gets the focus. */
function step(by) {
  if (document.body.dataset.message) return press(by > 0 ? "j" : "k");
  const links = [...document.querySelectorAll(".row-link, .cell-link")];
  const at = links.indexOf(document.activeElement);
  const next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return Boolean(next);
}

function currentRow() {
  return document.activeElement?.closest(".row") ?? document.querySelector(".row.is-current");
}

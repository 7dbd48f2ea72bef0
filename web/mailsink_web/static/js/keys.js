// Shortcuts. They move the real focus, do nothing in a field, and leave the browser's own keys alone.

import { COMMANDS, offered } from "./commands.js";
import { setting } from "./preferences.js";

const PAUSE = 1_500; // milliseconds that the second key of two may take

let before = ""; // the first key of two
let timer = 0;

export function enableKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") return run("Ctrl k", event);
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    // What stands above the page has keys of its own.
    if (document.querySelector("dialog[open]") || event.target.closest("[popover]:popover-open:not(.rail)")) return;
    if (event.key !== "Escape" && setting("keys", "on") === "off") return;
    const keys = before ? `${before} ${event.key}` : event.key;
    before = "";
    clearTimeout(timer);
    if (COMMANDS.some((command) => command.keys.some((known) => known.startsWith(`${keys} `)))) {
      before = keys;
      timer = setTimeout(() => (before = ""), PAUSE);
      event.preventDefault();
      return;
    }
    run(keys, event);
  });
}

function run(keys, event) {
  const command = offered().find((command) => command.run && command.keys.includes(keys));
  if (command && command.run(keys) !== false) event.preventDefault();
}

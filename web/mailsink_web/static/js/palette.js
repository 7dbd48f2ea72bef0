// The palette: every command, every inbox and every saved search, found by a few letters of their names.

import { at } from "./base.js";
import { make, openDialog } from "./dialog.js";
import { chord } from "./help.js";

const MOST = 50;

/** Open it over the page, with the commands that can do something there. */
export function openPalette(offered) {
  const dialog = openDialog("palette");
  if (!dialog) return;
  const field = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const entries = [...places(), ...commands(offered)];
  const show = () => fill(list, field, found(entries, field.value));
  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      move(list, field, by);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      list.querySelector("[aria-selected=true]")?.click();
    }
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    dialog.close();
    option.entry.run();
  });
  show();
}

function commands(offered) {
  return offered
    .filter((command) => !command.shownOnly && command.id !== "palette")
    .map(({ name, group, keys, run }) => ({ name, group, keys: keys[0], run }));
}

/** Where the rail leads. */
function places() {
  const groups = [["rail-inboxes", "Inbox"], ["rail-searches", "Saved search"]];
  return groups.flatMap(([id, group]) =>
    [...document.querySelectorAll(`[aria-labelledby=${id}] a`)].map((link) => ({
      name: link.title, group, run: () => location.assign(link.href),
    })),
  );
}

/** The entries that have every word of the text, those that begin with it first; and the search for it. */
function found(entries, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = entries.filter(({ name, group }) => {
    const all = `${group} ${name}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
  const rank = ({ name }) => (name.toLowerCase().startsWith(words[0] ?? "") ? 0 : 1);
  matching.sort((a, b) => rank(a) - rank(b));
  if (words.length) {
    const q = text.trim();
    matching.push({ name: `Search for ${q}`, group: "Find", run: () => location.assign(at(`/?q=${encodeURIComponent(q)}`)) });
  }
  return matching.slice(0, MOST);
}

function fill(list, field, entries) {
  list.replaceChildren(...entries.map((entry, at) => {
    const keys = make("span", "num");
    if (entry.keys) keys.append(...chord(entry.keys));
    const option = make("li", "", make("span", "cut", entry.name), make("span", "faint", entry.group), keys);
    option.role = "option";
    option.id = `command-${at}`;
    option.entry = entry;
    return option;
  }));
  choose(list, field, list.firstElementChild);
}

function move(list, field, by) {
  const options = [...list.children];
  const at = options.findIndex((option) => option.ariaSelected === "true");
  choose(list, field, options.at((at + by) % options.length));
}

function choose(list, field, option) {
  for (const other of list.children) other.ariaSelected = String(other === option);
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

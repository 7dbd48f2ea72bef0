// Everything that can be done by a key or from the palette, with its name. A `run` that does nothing says false.
//
// The help is made of this too. `keys` are as `KeyboardEvent.key` names them; "g i" is one after the other.

import { act } from "./acting.js";
import { openTest } from "./as-test.js";
import { at } from "./base.js";
import { openHelp } from "./help.js";
import { currentRow, message, rows } from "./list.js";
import { openPalette } from "./palette.js";
import { choose } from "./preferences.js";
import { resetSearches, saveSearch } from "./saved.js";
import { extend, tick, tickAll, tickNone } from "./selection.js";

const VIEWS = ["1", "2", "3", "4", "5", "6", "7"];

export const COMMANDS = [
  { id: "next", group: "Move", name: "Next message, session", keys: ["j"], run: () => step(1) },
  { id: "previous", group: "Move", name: "Previous message, session", keys: ["k"], run: () => step(-1) },
  { id: "open", group: "Move", name: "Open", keys: ["Enter"], shownOnly: true },
  { id: "back", group: "Move", name: "Back to the list, close", keys: ["Escape"], run: () => tickNone() || press("back") },
  { id: "first", group: "Move", name: "First message", keys: ["g g"], run: () => stepTo(0) },
  { id: "last", group: "Move", name: "Last message", keys: ["G"], run: () => stepTo(-1) },
  { id: "older", group: "Move", name: "Older mail", keys: ["]"], run: () => click("[rel=next]") },
  { id: "newest", group: "Move", name: "Newest mail", keys: ["["], run: () => click("[rel=first]") },
  { id: "view", group: "Move", name: "View, from left to right", keys: VIEWS, run: (key) => click(`.tabs a:nth-of-type(${key})`), shownOnly: true },

  { id: "read", group: "Message", name: "Read or unread", keys: ["u"], run: () => (message ? press("u") : turn("is-unread", "read", "unread")) },
  { id: "star", group: "Message", name: "Star or unstar", keys: ["s"], run: () => press("s") || turn("is-starred", "unstar", "star") },
  { id: "tag", group: "Message", name: "Tag", keys: ["l"], run: tag },
  { id: "delete", group: "Message", name: "Delete", keys: ["#", "Delete"], run: () => (message ? press("#") : ofRule("[value=remove]") || act("delete")) },
  { id: "undo", group: "Message", name: "Undo a deletion", keys: ["z"], run: () => press("z") },
  { id: "code", group: "Message", name: "Copy the code", keys: ["c"], run: copyCode },
  { id: "as-test", group: "Message", name: "As test", keys: ["t"], run: asTest },
  { id: "download", group: "Message", name: "Download .eml", keys: ["d"], run: () => press("d") },

  { id: "select", group: "Select", name: "Select", keys: ["x"], run: () => ofRule(".switch") || tick() },
  { id: "select-down", group: "Select", name: "Select and go on", keys: ["J", "K"], run: (key) => ofRule(`[value=${key === "J" ? "later" : "earlier"}]`) || extend(() => step(key === "J" ? 1 : -1)), shownOnly: true },
  { id: "select-all", group: "Select", name: "Select all that are shown, or none", keys: ["A"], run: tickAll },
  { id: "read-all", group: "Select", name: "Mark all read", keys: ["I"], run: () => click("[name=do][value=read-all]") },
  { id: "delete-all", group: "Select", name: "Delete all…", keys: [], run: () => click("a[href*='/delete-all']") },

  { id: "new-rule", group: "Faults", name: "Add a rule", keys: ["n"], run: () => focus(document.getElementById("value")), needs: "[data-fault-form]" },
  { id: "rule", group: "Faults", name: "Open, switch, remove the rule", keys: ["Enter", "x", "#"], shownOnly: true, needs: "[data-faults]" },
  { id: "rule-order", group: "Faults", name: "Ask the rule later, earlier", keys: ["J", "K"], shownOnly: true, needs: "[data-faults]" },

  { id: "go-inbox", group: "Go to", name: "Inbox", keys: ["g i"], run: () => go("/") },
  { id: "go-unread", group: "Go to", name: "Unread", keys: ["g u"], run: () => go("/?q=is%3Aunread") },
  { id: "go-starred", group: "Go to", name: "Starred", keys: ["g t"], run: () => go("/?q=is%3Astarred") },
  { id: "go-newest", group: "Go to", name: "Newest message", keys: ["g n"], run: () => go("/messages/latest") },
  { id: "go-sessions", group: "Go to", name: "Sessions", keys: ["g s"], run: () => go("/sessions") },
  { id: "go-attempts", group: "Go to", name: "Mails tried", keys: ["g a"], run: () => go("/attempts") },
  { id: "go-faults", group: "Go to", name: "Faults", keys: ["g f"], run: () => go("/faults"), needs: ".rail [href$='/faults']" },
  { id: "go-docs", group: "Go to", name: "API reference", keys: ["g h"], run: () => go("/docs") },
  { id: "go-connect", group: "Go to", name: "Connect", keys: ["g c"], run: () => go("/connect") },
  { id: "go-settings", group: "Go to", name: "Settings", keys: ["g p"], run: () => go("/settings") },

  { id: "search", group: "Find", name: "Search", keys: ["/"], run: () => document.querySelector(".search-field input").select() },
  { id: "save-search", group: "Find", name: "Save or remove this search", keys: [], run: saveSearch, needs: "[data-do=save-search]" },
  { id: "palette", group: "Find", name: "Every command", keys: ["Ctrl k"], run: () => openPalette(offered()), shownOnly: true },
  { id: "help", group: "Find", name: "Keyboard", keys: ["?"], run: () => openHelp(offered()) },

  { id: "print", group: "Look", name: "Print", keys: [], run: () => print() },
  { id: "light", group: "Look", name: "Theme: light", keys: [], run: () => choose("theme", "light") },
  { id: "dark", group: "Look", name: "Theme: dark", keys: [], run: () => choose("theme", "dark") },
  { id: "system", group: "Look", name: "Theme: as the system", keys: [], run: () => choose("theme", "auto") },
  { id: "dense", group: "Look", name: "Rows: dense", keys: [], run: () => choose("density", "dense") },
  { id: "roomy", group: "Look", name: "Rows: roomy", keys: [], run: () => choose("density", "roomy") },
  { id: "arrow", group: "", name: "Next or previous row", keys: ["ArrowDown", "ArrowUp"], run: (key) => isOnStop() && step(key === "ArrowDown" ? 1 : -1), shownOnly: true },
  { id: "unselect", group: "", name: "Select none", keys: [], run: tickNone, shownOnly: true },
  { id: "reset-searches", group: "", name: "Restore the first searches", keys: [], run: resetSearches, shownOnly: true },
];

/** The commands that can do something on this page. */
export function offered() {
  return COMMANDS.filter(({ needs }) => !needs || document.querySelector(needs));
}

/** Let buttons run commands: `data-do` holds the id. */
export function enableCommands() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) COMMANDS.find(({ id }) => id === button.dataset.do)?.run();
  });
}

/** Click what has that key on this page; false when nothing has it, or it cannot be used now. */
function press(key) {
  return click(`[data-key="${key}"]:not([aria-disabled=true], :disabled)`);
}

function click(selector) {
  const control = [...document.querySelectorAll(selector)].find((found) => found.checkVisibility());
  control?.click();
  return Boolean(control);
}

function go(path) {
  location.assign(at(path));
}

/** On a message or a session: the next one. In a list: the next row gets the focus. */
function step(by) {
  if (message || document.querySelector("[data-key=j]")) return press(by > 0 ? "j" : "k");
  const links = stops();
  const at = links.indexOf(currentRow()?.querySelector(".row-link") ?? document.activeElement);
  return focus(links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))]);
}

function stepTo(end) {
  return focus(stops().at(end));
}

/** Whether a row has the focus: else the arrows scroll. */
function isOnStop() {
  return stops().includes(document.activeElement);
}

function stops() {
  return [...document.querySelectorAll(".row-link, .cell-link, [data-stop]")].filter((link) => link.checkVisibility());
}

function focus(link) {
  link?.focus();
  link?.scrollIntoView({ block: "nearest" });
  return Boolean(link);
}

/** Do one or the other to the ticked rows, else to the row with the focus, by how the first of them is. */
function turn(state, ifSo, ifNot) {
  const first = rows().find((row) => row.querySelector(":checked")) ?? currentRow();
  return Boolean(first) && act(first.classList.contains(state) ? ifSo : ifNot);
}

function tag() {
  const isTicked = rows().some((row) => row.querySelector(":checked"));
  if (message && !isTicked) return press("l");
  const popover = document.getElementById("tagging");
  if (!popover) return false;
  if (!isTicked && !tick()) return false;
  popover.showPopover();
  return true;
}

/** Press a button of the fault rule that has the focus. */
function ofRule(selector) {
  const button = document.activeElement?.closest("[data-faults] tr")?.querySelector(selector);
  if (!button || button.disabled) return false;
  button.click();
  return true;
}

function asTest() {
  const link = currentRow()?.querySelector(".row-link");
  if (press("t") || !link) return Boolean(link);
  const address = new URL(link.href);
  openTest(`${address.pathname}/as-test${address.search}`);
  return true;
}

function copyCode() {
  return (currentRow()?.querySelector(".code-chip") ?? document.querySelector(".code-card .button"))?.click() ?? false;
}

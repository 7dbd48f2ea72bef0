// The map of the keyboard, made of the commands.

import { make, openDialog } from "./dialog.js";
import { set, setting } from "./preferences.js";

const NAMES = { Escape: "Esc", Delete: "Del" };

export function openHelp(offered) {
  const dialog = openDialog("help");
  if (!dialog) return;
  const known = offered.filter(({ keys, group }) => keys.length && group);
  for (const group of new Set(known.map((command) => command.group))) {
    const lines = make("dl");
    for (const { name, keys } of known.filter((command) => command.group === group)) {
      lines.append(make("dt", "", name), shown(keys));
    }
    dialog.querySelector(".keys").append(make("section", "", make("h3", "", group), lines));
  }
  const box = dialog.querySelector("input");
  box.checked = setting("keys", "on") === "on";
  box.addEventListener("change", () => set("keys", box.checked ? "on" : "off"));
}

function shown(keys) {
  const place = make("dd");
  const isRange = keys.length > 2;
  const named = isRange ? [keys[0], keys.at(-1)] : keys;
  named.forEach((key, at) => {
    if (at) place.append(make("span", "faint", isRange ? " to " : " or "));
    place.append(...chord(key));
  });
  return place;
}

/** The keys of a chord, as `kbd` elements. */
export function chord(keys) {
  const between = keys.startsWith("Ctrl") ? " " : " then ";
  return keys.split(" ").flatMap((key, at) => {
    const made = make("kbd", "", NAMES[key] ?? (key.length === 1 && keys.startsWith("Ctrl") ? key.toUpperCase() : key));
    return at ? [make("span", "faint", between), made] : [made];
  });
}

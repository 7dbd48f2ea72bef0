// Settings that hold at once: the server keeps those that change how a page looks, the browser the others.

import { at } from "./base.js";
import { enableNotifying } from "./notify.js";
import { localise, readZone } from "./times.js";

const OWN = "mailsink."; // before the names of what only the script knows
const page = document.documentElement.dataset;

/** A setting that only the script knows: `"on"` or `"off"`. */
export function setting(name, otherwise) {
  return localStorage.getItem(OWN + name) ?? otherwise;
}

export function set(name, value) {
  localStorage.setItem(OWN + name, value);
}

/** Choose a theme, a density, how lists tell the time, or a zone; keep it, and show it. */
export async function choose(name, value) {
  const body = new URLSearchParams({ [name]: value, back: at("/settings") });
  const answer = await fetch(at("/preferences"), { method: "POST", body });
  const zone = document.getElementById("zone");
  if (name === "zone" && zone) zone.setCustomValidity(answer.ok ? "" : "This is not the name of a time zone.");
  if (!answer.ok) return zone?.reportValidity();
  if (value === "" || value === "auto") delete page[name];
  else page[name] = value;
  for (const button of document.querySelectorAll(`button[name="${name}"]`)) {
    button.ariaPressed = String(button.value === value);
  }
  for (const radio of document.querySelectorAll(`input[type=radio][name="${name}"]`)) {
    radio.checked = radio.value === value;
  }
  readZone();
  localise(document);
}

export function enablePreferences() {
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") !== at("/preferences")) return;
    event.preventDefault();
    const { name, value } = event.submitter;
    if (name) choose(name, value);
    else for (const [name, value] of new FormData(event.target)) if (name !== "back") choose(name, value);
  });
  document.querySelector("[data-zones]")?.replaceChildren(...Intl.supportedValuesOf("timeZone").map((zone) => new Option(zone, zone)));
  document.querySelector("[data-applies]")?.addEventListener("change", (event) => {
    choose(event.target.name, event.target.value);
  });
  for (const box of document.querySelectorAll("[data-setting]")) {
    const { setting: name } = box.dataset;
    if (name === "notify") enableNotifying(box);
    else {
      box.checked = setting(name, "on") === "on";
      box.addEventListener("change", () => set(name, box.checked ? "on" : "off"));
    }
  }
}

// The search box: what could be written next, and what is wrong with what was written, before the page is left.

import { at } from "./base.js";

const form = document.querySelector("[data-search]");
const field = form?.querySelector("input[name=q]");

let asked = null; // aborts the question that is under way

export function enableSuggestions() {
  if (!field) return;
  field.role = "combobox";
  field.ariaAutoComplete = "list";
  field.setAttribute("aria-controls", "suggestions");
  close();
  field.addEventListener("input", ask);
  field.addEventListener("keydown", press);
  field.addEventListener("blur", close);
  // The focus stays in the box while an option is clicked.
  form.addEventListener("pointerdown", (event) => event.target.closest(".suggest") && event.preventDefault());
  form.addEventListener("click", (event) => {
    const option = event.target.closest(".suggest [role=option]");
    if (option) take(option);
  });
  form.addEventListener("submit", check);
}

async function ask() {
  const { value, selectionStart } = field;
  // A new word has begun: what is listed was for the one before it.
  if (/\s/.test(value.charAt(selectionStart - 1))) close();
  asked?.abort();
  asked = new AbortController();
  const words = new URLSearchParams({ q: value, at: selectionStart, inbox: form.elements.inbox?.value ?? "" });
  try {
    const answer = await fetch(at(`/suggestions?${words}`), { signal: asked.signal });
    const text = answer.ok ? await answer.text() : "";
    const list = new DOMParser().parseFromString(text, "text/html").querySelector(".suggest");
    if (list) list.dataset.length = value.length;
    if (list && document.activeElement === field) open(list);
    else close();
  } catch (error) {
    if (error.name !== "AbortError") close();
  }
}

function open(list) {
  close();
  form.querySelector(".query-error")?.remove();
  form.append(list);
  field.ariaExpanded = "true";
}

function close() {
  asked?.abort();
  form.querySelector(".suggest")?.remove();
  field.ariaExpanded = "false";
  field.removeAttribute("aria-activedescendant");
}

function press(event) {
  const options = [...form.querySelectorAll(".suggest [role=option]")];
  const chosen = options.findIndex((option) => option.ariaSelected === "true");
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.isComposing) return;
  if (by && options.length) choose(options, chosen < 0 && by < 0 ? options.length - 1 : (chosen + by + options.length) % options.length);
  else if (event.key === "ArrowDown") ask();
  else if (event.key === "Enter" && chosen >= 0) take(options[chosen]);
  // With nothing begun, Tab leaves the box as it leaves every other.
  else if (event.key === "Tab" && !event.shiftKey && options.length && (chosen >= 0 || isBegun())) take(options[chosen] ?? likeliest(options));
  else if (event.key === "Escape" && options.length) close();
  else return;
  event.preventDefault();
}

function isBegun() {
  const { start, end } = form.querySelector(".suggest").dataset;
  return Number(end) > Number(start);
}

/** The first option; of a list that was for a shorter word, the first that begins with the word as it is now. */
function likeliest(options) {
  const { start, length } = form.querySelector(".suggest").dataset;
  const word = field.value.slice(Number(start), field.selectionStart).toLowerCase();
  const isOld = field.value.length !== Number(length);
  return (isOld && options.find((option) => option.dataset.text.toLowerCase().startsWith(word))) || options[0];
}

function choose(options, at) {
  options.forEach((option, other) => (option.ariaSelected = String(other === at)));
  field.setAttribute("aria-activedescendant", options[at].id);
  options[at].scrollIntoView({ block: "nearest" });
}

/** Write an option in the place of the word that it completes. */
function take(option) {
  const { start, end, length } = option.closest(".suggest").dataset;
  const { text } = option.dataset;
  // Whoever writes faster than the list comes has made the word longer since.
  const grown = field.value.length - Number(length);
  const goesOn = text.endsWith(":");
  field.setRangeText(goesOn ? text : `${text} `, Number(start), Number(end) + grown, "end");
  close();
  if (goesOn) ask();
}

/** Leave the page only for a search that can be read: what was found before stays in view. */
async function check(event) {
  if (!field.value.trim()) return;
  event.preventDefault();
  close();
  const words = new URLSearchParams(new FormData(form));
  let wrong = null;
  try {
    const answer = await fetch(at(`/query-error?${words}`));
    if (answer.status === 200) {
      wrong = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".query-error");
    }
  } catch {
    // The next page says what is wrong.
  }
  form.querySelector(".query-error")?.remove();
  field.ariaInvalid = String(Boolean(wrong));
  if (!wrong) return form.submit();
  field.setAttribute("aria-describedby", "query-error");
  form.append(wrong);
  mark(wrong);
}

/** Put the cursor where it went wrong. */
function mark(wrong) {
  const { start, end } = wrong.dataset;
  field.focus();
  field.setSelectionRange(Number(start), Number(end));
}

// The rule in the form, read back while it is written. What is right and what is wrong is said by the server.

import { at } from "./base.js";

const PAUSE = 150; // milliseconds without a key after which the rule is read

export function enableFaultForm() {
  const form = document.querySelector("[data-fault-form]");
  if (!form) return;
  let timer = 0;
  let asked = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      asked += 1;
      const number = asked;
      const answer = await fetch(at(`/faults/sentence?${new URLSearchParams(new FormData(form))}`)).catch(() => null);
      if (!answer?.ok || number !== asked) return;
      say(form, new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-says]"));
    }, PAUSE);
  });
}

function say(form, read) {
  const { wrong, field } = read.dataset;
  form.querySelector("[data-says]").replaceChildren(...read.childNodes);
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  for (const hint of form.querySelectorAll("[data-hint]")) show(hint, hint.dataset.hint, false);
  const input = field && form.elements.namedItem(field);
  const place = input && document.getElementById(`${input.id}-says`);
  if (input) input.setAttribute("aria-invalid", "true");
  if (place) show(place, wrong, true);
  const rest = form.querySelector("[data-wrong]");
  rest.textContent = place ? "" : wrong;
  rest.hidden = !rest.textContent;
}

function show(hint, text, isBad) {
  hint.textContent = text;
  hint.classList.toggle("is-bad", isBad);
}

// Buttons that copy: a text of their own, an element's, or what an address answers.

const DONE = 2000; // milliseconds for which a button says that it worked

export function enableCopying() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from], [data-copy-url]");
    if (!button) return;
    event.preventDefault();
    textOf(button).then(write).then(
      () => confirm(button),
      () => announce("The browser did not let the page copy. Select the text instead."),
    );
  });
}

/** Tell a screen reader, without a trace on the page. */
export function announce(sentence) {
  document.querySelector("[data-announce]").textContent = sentence;
}

async function textOf(button) {
  const { copy, copyFrom, copyUrl } = button.dataset;
  if (copy !== undefined) return copy;
  if (copyFrom !== undefined) return document.getElementById(copyFrom).textContent;
  const answer = await fetch(copyUrl);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
}

async function write(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Over plain HTTP from another machine there is no clipboard object: only a selection can be copied.
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "hidden-text";
  document.body.append(field);
  field.select();
  const worked = document.execCommand("copy");
  field.remove();
  if (!worked) throw new Error("refused");
}

function confirm(button) {
  const icon = button.querySelector("use");
  const before = icon?.getAttribute("href");
  if (button.classList.contains("is-done")) return;
  button.classList.add("is-done");
  icon?.setAttribute("href", before.replace(/#.*/, "#check"));
  announce("Copied");
  setTimeout(() => {
    button.classList.remove("is-done");
    icon?.setAttribute("href", before);
    announce("");
  }, DONE);
}

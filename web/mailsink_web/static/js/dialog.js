// Dialogs that the script makes: out of a template of the page, over everything, gone once closed.

/** Open a copy of the template with that name, unless it is open already; `null` then. */
export function openDialog(name) {
  if (document.querySelector("dialog[open]")) return null;
  const source = document.querySelector(`template[data-${name}]`);
  const dialog = source.content.firstElementChild.cloneNode(true);
  const focused = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    focused?.focus();
  });
  // A click beside it closes it too.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** An element with a class and children. */
export function make(tag, name = "", ...children) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
}

// Short news at the foot of the page, for when the list is not there to show it.

const STAYS = 8000; // milliseconds; a pointer or the focus on it keeps it

/** Show `title` and `text`; `href` is where Open leads, nothing without it. */
export function toast(title, text, href) {
  const place = document.querySelector("[data-toasts]");
  const toast = document.querySelector("template[data-toast]").content.firstElementChild.cloneNode(true);
  toast.querySelector("[data-toast-title]").textContent = title;
  toast.querySelector("[data-toast-text]").textContent = text;
  const link = toast.querySelector("[data-toast-link]");
  if (href) link.href = href;
  else link.remove();
  toast.querySelector("[data-toast-close]").addEventListener("click", () => toast.remove());
  place.replaceChildren(toast);
  const fade = () => {
    if (toast.matches(":hover, :focus-within")) setTimeout(fade, STAYS);
    else toast.remove();
  };
  setTimeout(fade, STAYS);
}

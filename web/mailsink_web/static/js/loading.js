// Says that the next page is on its way, when it takes long enough to be noticed.

const NOTICED = 400; // milliseconds

const bar = document.querySelector("[data-loading]");

let timer = 0;

/** The next page is here, or does not come. */
export function loaded() {
  clearTimeout(timer);
  bar.hidden = true;
}

export function enableLoading() {
  const wait = (event) => {
    if (event.defaultPrevented || event.target.closest("dialog")) return;
    clearTimeout(timer);
    timer = setTimeout(() => (bar.hidden = false), NOTICED);
  };
  document.addEventListener("submit", wait);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const isHere = link && !link.target && !link.hasAttribute("download") && link.origin === location.origin;
    if (isHere && !event.ctrlKey && !event.metaKey && !event.shiftKey && link.href.split("#")[0] !== location.href.split("#")[0]) wait(event);
  });
  window.addEventListener("pagehide", loaded);
  window.addEventListener("pageshow", loaded);
}

// Says that the next page is on its way, when it takes long enough to be noticed.

const NOTICED = 400; // milliseconds

let timer = 0;

export function enableLoading() {
  const bar = document.querySelector("[data-loading]");
  const wait = (event) => {
    if (event.defaultPrevented || event.target.closest("dialog")) return;
    clearTimeout(timer);
    timer = setTimeout(() => (bar.hidden = false), NOTICED);
  };
  const done = () => {
    clearTimeout(timer);
    bar.hidden = true;
  };
  document.addEventListener("submit", wait);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const isHere = link && !link.target && !link.hasAttribute("download") && link.origin === location.origin;
    if (isHere && !event.ctrlKey && !event.metaKey && !event.shiftKey && link.href.split("#")[0] !== location.href.split("#")[0]) wait(event);
  });
  window.addEventListener("pagehide", done);
  window.addEventListener("pageshow", done);
}

// What happens in the sink, told to one function: captured, changed, deleted, session, reset, on, off.

import { at } from "./base.js";

const KINDS = ["captured", "changed", "deleted", "session", "reset"];

/** Call `tell` with `{kind, data}` for everything after the page was written. Returns what retries at once. */
export function follow(tell) {
  const after = document.body.dataset.since;
  return window.SharedWorker ? followWorker(after, tell) : followStream(after, tell);
}

function followWorker(after, tell) {
  let worker = join(after, tell);
  // A page that comes back from the browser's history has missed what its worker told in the meantime.
  window.addEventListener("pagehide", () => worker.port.postMessage({ say: "bye" }));
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    worker = join(after, tell);
    tell({ kind: "reset" });
  });
  return () => worker.port.postMessage({ say: "retry" });
}

function join(after, tell) {
  const worker = new SharedWorker(new URL("./live-worker.js", import.meta.url), { name: "mailsink" });
  worker.port.onmessage = ({ data }) => tell(data);
  worker.port.postMessage({ say: "after", after });
  return worker;
}

function followStream(after, tell) {
  let source = null;
  let position = after;
  const open = () => {
    source?.close();
    source = new EventSource(at(`/api/stream?after=${encodeURIComponent(position)}`));
    source.onopen = () => tell({ kind: "on" });
    source.onerror = () => tell({ kind: "off" });
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        position = event.lastEventId || position;
        tell({ kind, data: JSON.parse(event.data) });
      });
    }
  };
  const look = () => {
    if (!document.hidden) open();
    else source?.close();
  };
  document.addEventListener("visibilitychange", look);
  look();
  return open;
}

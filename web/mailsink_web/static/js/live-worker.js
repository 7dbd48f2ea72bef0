// One stream for all tabs: a browser gives a server six connections, and each stream holds one.
//
// A tab says after which event it was written; what came since is told to it at once.

const KEPT = 500;
const LOOK = 10_000; // milliseconds between two looks at the clock
const SLEPT = 30_000; // and how many of them mean that the machine slept: its connection may be dead
const KINDS = ["captured", "changed", "deleted", "session", "reset"];

const tabs = new Set();
const past = [];
let source = null;
let first = ""; // the position the stream began at: older tabs must read their page again
let on = false;
let looked = Date.now();

setInterval(() => {
  const now = Date.now();
  if (now - looked > SLEPT && source) open(last());
  looked = now;
}, LOOK);

onconnect = (event) => {
  const tab = event.ports[0];
  tab.onmessage = ({ data }) => {
    if (data.say === "after") join(tab, data.after);
    else if (data.say === "bye") leave(tab);
    else if (data.say === "retry") open(last());
  };
  tab.start();
};

function join(tab, after) {
  tabs.add(tab);
  if (!source) open(after);
  const missed = since(after);
  if (missed === null) tab.postMessage({ kind: "reset" });
  else for (const event of missed) tab.postMessage(event);
  if (on) tab.postMessage({ kind: "on" });
}

function leave(tab) {
  tabs.delete(tab);
  if (tabs.size) return;
  source?.close();
  source = null;
  past.length = 0;
  on = false;
}

function open(after) {
  source?.close();
  if (!past.length) first = after;
  source = new EventSource(new URL(`../../../api/stream?after=${encodeURIComponent(after)}`, location));
  source.onopen = () => tell({ kind: "on" });
  source.onerror = () => {
    tell({ kind: "off" });
    // The browser gives up after an answer that is no stream; a server that is starting gives one.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => tabs.size && open(last()), 2000);
  };
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      const told = { kind, id: event.lastEventId, data: JSON.parse(event.data) };
      if (kind === "reset") {
        past.length = 0;
        first = event.lastEventId;
      } else {
        past.push(told);
        if (past.length > KEPT) first = past.shift().id;
      }
      tell(told);
    });
  }
}

function last() {
  return past.length ? past[past.length - 1].id : first;
}

/** The events after that position; null when they are not known. */
function since(after) {
  const [epoch, number] = split(after);
  const [ours, start] = split(first);
  if (epoch !== ours || number < start) return null;
  return past.filter((event) => split(event.id)[1] > number);
}

function split(position) {
  const [epoch, number] = position.split("-");
  return [epoch, Number(number)];
}

function tell(event) {
  if (event.kind === "on") on = true;
  if (event.kind === "off") on = false;
  for (const tab of tabs) tab.postMessage(event);
}

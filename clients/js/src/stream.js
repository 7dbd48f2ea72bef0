// The server's events as they come, taken up where they were when a connection is lost.

import { Summary } from "./mail.js";

// Milliseconds until a lost connection is tried again.
const AGAIN = 1000;

/** What happens from the first step on, until `signal` aborts or the loop is left. */
export async function* stream(http, inbox, { kinds, signal } = {}) {
  const left = new AbortController();
  const ended = signal ? AbortSignal.any([signal, left.signal]) : left.signal;
  let after;
  let tries = 0;
  try {
    while (!ended.aborted) {
      let response;
      try {
        response = await http.open({ path: "/stream", query: { inbox, after } }, ended);
        tries = 0;
      } catch (error) {
        if (ended.aborted) return;
        // The first connection must work; later ones may take a restart of the server.
        if (after === undefined || error.status || ++tries > 10) throw error;
      }
      if (response) {
        for await (const block of blocks(response.body, ended)) {
          if (block.event && (!kinds || kinds.includes(block.event))) yield event(block);
          // Only now: what was not handed on must come again.
          after = block.id ?? after;
        }
      }
      if (!ended.aborted) await pause(AGAIN, ended);
    }
  } finally {
    left.abort();
  }
}

function event({ event: kind, data }) {
  const json = JSON.parse(data ?? "{}");
  if (kind === "captured") return { kind, inbox: json.inbox, ids: [json.id], message: new Summary(json) };
  return { kind, inbox: json.inbox ?? "", ids: json.ids ?? [] };
}

/** The fields of each block of a text/event-stream, until it ends. */
async function* blocks(body, signal) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += value;
      const parts = text.split("\n\n");
      text = parts.pop();
      for (const part of parts) yield fields(part);
    }
  } catch (error) {
    // A connection that broke is taken up again.
    if (!signal.aborted && error.name === "AbortError") throw error;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function fields(block) {
  return Object.fromEntries(
    block
      .split("\n")
      .filter((line) => line.includes(": ") && !line.startsWith(":"))
      .map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]),
  );
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

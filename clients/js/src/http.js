// One server over HTTP: `fetch`, a token, and a sentence where it cannot be asked.

import { answer, target } from "./calls.js";
import { RequestError } from "./errors.js";

const DEFAULT_URL = "http://127.0.0.1:8025";
// Beyond what the server was asked to wait for.
const MARGIN = 30_000;

export class Http {
  #headers = {};

  constructor({ url, token, fetch = globalThis.fetch } = {}) {
    const environment = globalThis.process?.env ?? {};
    const given = url || environment.MAILSINK_URL || DEFAULT_URL;
    const parsed = parse(given);
    const bearer = token ?? environment.MAILSINK_TOKEN;
    if (bearer) {
      this.#headers.Authorization = `Bearer ${bearer}`;
    } else if (parsed.username) {
      const login = [parsed.username, parsed.password].map(decodeURIComponent).join(":");
      const octets = new TextEncoder().encode(login);
      this.#headers.Authorization = `Basic ${btoa(String.fromCharCode(...octets))}`;
    }
    this.url = parsed.origin + parsed.pathname.replace(/\/+$/, "");
    // A browser's fetch must not be called as a method of something else.
    this.fetch = (...words) => fetch(...words);
  }

  /** What `call` gives. Throws what its answer refuses by, or RequestError where there is none. */
  async run(call, signal) {
    const response = await this.#ask(this.url + target(call), {
      method: call.method,
      headers: call.body === undefined ? {} : { "Content-Type": "application/json" },
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      signal: bounded(signal, (call.patience ?? 0) + MARGIN),
    });
    return answer(call, this.url, response.status, await response.text(), (path) => this.octets(path));
  }

  /** The octets at an address that the server told. */
  async octets(path) {
    const response = await this.#ask(new URL(path, `${this.url}/`).href, { signal: bounded(undefined, MARGIN) });
    if (!response.ok) {
      answer({ read: () => undefined }, this.url, response.status, await response.text());
    }
    return new Uint8Array(await response.arrayBuffer());
  }

  /** An answer that goes on. */
  async open(call, signal) {
    const response = await this.#ask(this.url + target(call), { signal });
    if (!response.ok) {
      answer(call, this.url, response.status, await response.text());
    }
    return response;
  }

  async #ask(url, { headers, ...options }) {
    try {
      return await this.fetch(url, { ...options, headers: { ...this.#headers, ...headers } });
    } catch (error) {
      if (options.signal?.aborted && error.name !== "TimeoutError") throw error;
      const why = error.cause?.message || error.message;
      throw new RequestError(`${this.url} cannot be asked: ${why}; is mailsink running there?`, { cause: error });
    }
  }
}

function parse(url) {
  try {
    const parsed = new URL(url);
    if (/^https?:$/.test(parsed.protocol)) return parsed;
  } catch {
    // Said below, as for another scheme.
  }
  throw new TypeError(`${url} is not the address of a server; write http://HOST:PORT`);
}

function bounded(signal, milliseconds) {
  const end = AbortSignal.timeout(milliseconds);
  return signal ? AbortSignal.any([signal, end]) : end;
}

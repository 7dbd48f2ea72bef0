// An inbox of a server, with the verbs of the Python client and of the pytest fixture.

import * as calls from "./calls.js";
import { ExpectationError } from "./errors.js";
import { stream } from "./stream.js";

const PAGE = 500;
// Ids in one request, so that its line stays below 8 kB.
const IDS = 100;

/** The messages of one inbox; without a `name`, of all of them. Times are in milliseconds. */
export class Inbox {
  #http;

  constructor(http, name) {
    this.#http = http;
    this.name = name;
    this.faults = new Faults(http, name);
  }

  /** A page of summaries, the newest first; `cursor` is the `next` of the page before. */
  list(options) {
    return this.#http.run(calls.list(this.name, options));
  }

  /** Up to `limit` summaries that a search text finds, the newest first. */
  async search(q, { limit = PAGE } = {}) {
    const found = [];
    for (let cursor; cursor !== null && found.length < limit; ) {
      const page = await this.list({ q, limit: Math.min(PAGE, limit - found.length), cursor });
      found.push(...page.messages);
      cursor = page.next;
    }
    return found;
  }

  /** The messages that are here now and that a search text finds, in full, the oldest first. */
  async find(q, options) {
    const found = [];
    for (const one of (await this.search(q, options)).reverse()) {
      const mail = await this.get(one.id);
      // It may have been deleted since.
      if (mail !== null) found.push(mail);
    }
    return found;
  }

  /** The newest message that a search text finds, or null. */
  latest(q) {
    return this.#http.run(calls.get(this.name, "latest", q));
  }

  /** The message of that id, or null. */
  get(id) {
    return this.#http.run(calls.get(this.name, id));
  }

  /** How many messages a search text finds, and how many of them are unread. */
  async counts(q) {
    const { total, unread } = await this.list({ q, limit: 1 });
    return { total, unread };
  }

  /**
   * Wait until exactly one message meets `criteria`, and return it; with `count`, exactly so many.
   *
   * Messages that are here already count. What is as hoped is looked at again once nobody is in the middle of
   * sending, so that one too many is noticed. Throws ExpectationError that lists what came.
   */
  async expect(criteria, { signal, ...options } = {}) {
    return this.#http.run(calls.expect(this.name, criteria, options), signal);
  }

  /** Check that no message meets `criteria`, now and for `within` milliseconds more. */
  async expectNone(criteria, { signal, ...options } = {}) {
    return this.#http.run(calls.expectNone(this.name, criteria, options), signal);
  }

  /**
   * Wait until a search text finds a message for which `where` is true, and return it; with `count`, at least
   * so many, the oldest first. Throws ExpectationError.
   */
  async waitFor(q, { count, timeout = 30_000, after, where, signal } = {}) {
    const wanted = count ?? 1;
    const end = Date.now() + timeout;
    const found = [];
    // Asked for once: what comes between two questions is newer.
    const first = after === "latest" ? (await this.latest())?.id : after;
    for (let last = first; ; ) {
      const left = Math.max(0, end - Date.now());
      const patience = Math.min(left, calls.LONGEST);
      const need = where ? 1 : wanted;
      let mails;
      try {
        mails = await this.#http.run(calls.wait(this.name, q, { count: need, timeout: patience, after: last }), signal);
      } catch (error) {
        if (error instanceof ExpectationError && patience < left) continue;
        throw error instanceof ExpectationError && last !== first ? notSo(error, found, wanted, last) : error;
      }
      found.push(...(where ? mails.filter(where) : mails));
      if (found.length >= wanted) return count === undefined ? found[0] : found;
      last = mails.at(-1).id;
    }
  }

  /** What happens here from the first step on: `for await (const event of inbox.stream()) ...`. */
  stream(options) {
    return stream(this.#http, this.name, options);
  }

  /** Put a message in, as if it had come by SMTP, and return it. */
  add(mail) {
    return this.#http.run(calls.add(this.name, mail));
  }

  /** Set flags and tags of messages by their ids; returns how many there were. */
  mark(ids, marks) {
    return this.#each(ids, (some) => calls.mark(this.name, some, marks));
  }

  /** Delete messages by their ids; returns how many there were. */
  delete(ids) {
    return this.#each(ids, (some) => calls.remove(this.name, some));
  }

  /** Delete every message that a search text finds, without one all; returns how many. */
  clear(q) {
    return this.#http.run(calls.clear(this.name, q));
  }

  /** The sum of what the calls for some of the ids each give. */
  async #each(ids, call) {
    const all = [ids].flat();
    let sum = 0;
    for (let start = 0; start < all.length; start += IDS) {
      sum += await this.#http.run(call(all.slice(start, start + IDS)));
    }
    return sum;
  }

  /** Every try to send to this inbox, refused ones too, grouped by the mail; as the API gives them. */
  attempts(options) {
    return this.#http.run(calls.attempts(this.name, options));
  }
}

/** An inbox that was made for somebody, and the ways to it. */
export class MadeInbox extends Inbox {
  #http;

  constructor(http, json) {
    super(http, json.name);
    this.#http = http;
    this.user = json.user;
    this.password = json.password;
    this.tag = json.tag;
    this.listener = json.listener;
    this.expiresAt = json.expires_at === null ? null : new Date(json.expires_at);
  }

  /** A mail address whose mail comes here, from a client that does not log in: `ada+TAG@mailsink.test`. */
  address(name = "test", domain = "mailsink.test") {
    return `${name}+${this.tag}@${domain}`;
  }

  /** Delete the inbox: its messages, fault rules, login and listener. A second call does nothing. */
  remove() {
    return this.#http.run(calls.deleteInbox(this.name));
  }

  /** `await using inbox = ...` removes it at the end of the block. */
  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    await this.remove();
  }
}

/** What goes wrong for an inbox, on purpose. */
class Faults {
  #http;
  #inbox;

  constructor(http, inbox) {
    this.#http = http;
    this.#inbox = inbox;
  }

  /** Add a rule: `faults.add({ stage: "rcpt", reply: "450 4.2.0 Later", times: 1 })`. */
  async add(rule) {
    return new Fault(this.#http, await this.#http.run(calls.addFault(this.#inbox, rule)));
  }

  /** Add a preset's rules, such as `greylisting`. */
  async preset(name, settings) {
    const rules = await this.#http.run(calls.addPreset(this.#inbox, name, settings));
    return rules.map((rule) => new Fault(this.#http, rule));
  }

  /** The rules, in the order in which they are asked; as the API gives them. */
  list() {
    return this.#http.run(calls.faults(this.#inbox));
  }

  /** Take the rules of this inbox out; returns how many there were. */
  clear() {
    return this.#http.run(calls.clearFaults(this.#inbox));
  }
}

/** A rule that was added. */
class Fault {
  #http;

  constructor(http, json) {
    this.#http = http;
    this.id = json.id;
    this.sentence = json.sentence;
  }

  /** How often it fired. */
  async hits() {
    return (await this.#http.run(calls.fault(this.id)))?.hits ?? 0;
  }

  /** Take it out; a second call does nothing. */
  async remove() {
    await this.#http.run(calls.removeFault(this.id));
  }
}

/** The failure of a wait that had looked at messages already. */
function notSo(error, found, wanted, last) {
  const message = `${error.message}\n(${found.length} of ${wanted} were right of those up to ${last})`;
  return new ExpectationError(message, { matched: found, misses: error.misses });
}

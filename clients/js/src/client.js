// A running server: its inboxes, and what it tells of itself.

import * as calls from "./calls.js";
import { Http } from "./http.js";
import { Inbox, MadeInbox } from "./inbox.js";

/**
 * A running server, with the verbs of an Inbox for all of its messages or those of one inbox.
 *
 * Without a `url` it is that of the environment variable MAILSINK_URL, else http://127.0.0.1:8025; without a
 * `token` it is MAILSINK_TOKEN. Nothing has to be closed.
 */
export class Client extends Inbox {
  #http;

  constructor(options = {}) {
    const given = typeof options === "string" ? { url: options } : options;
    const http = new Http(given);
    super(http, given.inbox);
    this.#http = http;
    this.inboxes = new Inboxes(http);
    this.sessions = new Sessions(http);
  }

  /** The server's address, without a slash at its end. */
  get url() {
    return this.#http.url;
  }

  /** One inbox by its name; any name may be asked for. */
  inbox(name) {
    return new Inbox(this.#http, name);
  }

  /** What runs: `version`, `smtp` (where it listens), `store`, `messages`, `unread`. */
  health() {
    return this.#http.run(calls.health());
  }
}

class Inboxes {
  #http;

  constructor(http) {
    this.#http = http;
  }

  /** The inboxes that were made, hold messages or have a listener of their own; as the API gives them. */
  list() {
    return this.#http.run(calls.inboxes());
  }

  /**
   * Make an inbox with a login, a tag, and with `listener` a port of its own; `expiresIn` is in milliseconds.
   * Call `remove` at its end.
   */
  async create(options) {
    return new MadeInbox(this.#http, await this.#http.run(calls.createInbox(options)));
  }

  /** Delete an inbox by its name; returns how many messages were in it. */
  delete(name) {
    return this.#http.run(calls.deleteInbox(name));
  }
}

class Sessions {
  #http;

  constructor(http) {
    this.#http = http;
  }

  /** A page of the connections that the server took, the newest first; with transcripts if `full`. */
  list(options) {
    return this.#http.run(calls.sessions(options));
  }

  /** A connection with its transcript, or null. */
  get(id) {
    return this.#http.run(calls.session(id));
  }
}

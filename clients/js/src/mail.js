// Messages as the tests' words name them, out of the JSON of the API.

import { ExpectationError } from "./errors.js";

/** What a list shows of a message. */
export class Summary {
  constructor(json) {
    this.id = json.id;
    this.inbox = json.inbox;
    this.subject = json.subject;
    this.sender = json.envelope.reverse_path;
    // As the fixture says it: whom the server accepted.
    this.rcpts = json.envelope.recipients.filter((one) => one.reply.code < 300).map((one) => one.path);
    this.from = json.from;
    this.to = json.to;
    this.receivedAt = new Date(json.received_at);
    this.size = json.size;
    this.read = json.read;
    this.starred = json.starred;
    this.tags = json.tags;
    this.snippet = json.snippet;
    this.sessionId = json.session_id;
    // Everything else, as the API gives it.
    this.json = json;
  }
}

/** A message in full; its octets and files are fetched when they are asked for. */
export class Mail extends Summary {
  #octets;

  /** `octets` fetches what is at an address of the server. */
  constructor(json, octets) {
    super(json);
    this.#octets = octets;
    this.cc = json.cc;
    this.bcc = json.bcc;
    this.replyTo = json.reply_to;
    this.messageId = json.message_id;
    this.date = json.date === null ? null : new Date(json.date);
    this.headers = json.headers;
    this.text = json.text;
    this.html = json.html;
    this.links = json.links;
    this.codes = json.codes;
    this.helo = json.helo;
    this.tls = json.tls;
    this.authUser = json.auth?.user ?? null;
    this.attachments = json.parts.filter((one) => one.is_attachment).map((one) => new Attachment(one, octets));
  }

  /** The first header field of that name, in any case, or undefined. */
  header(name) {
    return this.headers.find(([field]) => field.toLowerCase() === name.toLowerCase())?.[1];
  }

  /** The URL of the one link that has `pattern` in its URL, and `text` in what a reader clicks. */
  link(pattern = "", { text = "" } = {}) {
    const found = this.links.filter((one) => fits(pattern, one.url) && fits(text, one.text));
    if (found.length === 1) return found[0].url;
    const wanted = [pattern && `${shown(pattern)} in its URL`, text && `${shown(text)} in its text`];
    const what = ["link", wanted.filter(Boolean).join(" and ")].filter(Boolean).join(" with ");
    const rows = (found.length ? found : this.links).map((one) => `${shown(one.url)}  ${shown(one.text)}`);
    throw notOne(what, found.length, rows);
  }

  /** The one-time code, without spaces and hyphens; with `digits`, the one that has so many digits. */
  code(digits) {
    const found = this.codes.filter((one) => digits === undefined || new RegExp(`^\\d{${digits}}$`).test(one.value));
    if (found.length === 1) return found[0].value;
    const what = digits === undefined ? "code" : `code of ${digits} digits`;
    const rows = (found.length ? found : this.codes).map((one) => `${shown(one.shown)}  in ${shown(one.context)}`);
    throw notOne(what, found.length, rows);
  }

  /** The one file of that name or type, or that number from 0; patterns such as `*.pdf` may stand for it. */
  attachment(which = "*") {
    const found =
      typeof which === "number"
        ? this.attachments.slice(which, which + 1)
        : this.attachments.filter((one) => [one.filename, one.contentType].some(glob(which)));
    if (found.length === 1) return found[0];
    const rows = (found.length ? found : this.attachments).map((one) => `${shown(one.filename)}  ${one.contentType}`);
    throw notOne(`file ${shown(which)}`, found.length, rows);
  }

  /** The octets, as they were sent. */
  content() {
    return this.#octets(this.json.content_url);
  }
}

/** A file that a mail reader offers. */
export class Attachment {
  #octets;

  constructor(json, octets) {
    this.#octets = octets;
    this.filename = json.filename;
    this.contentType = json.content_type;
    this.contentId = json.content_id;
    this.charset = json.charset;
    this.size = json.size;
    this.url = json.url;
  }

  /** The octets, decoded. */
  content() {
    return this.#octets(this.url);
  }

  /** The octets as a text. */
  async text() {
    return new TextDecoder(this.charset || "utf-8").decode(await this.content());
  }
}

function fits(pattern, text) {
  return pattern instanceof RegExp ? pattern.test(text) : text.replace(/\s+/g, " ").includes(pattern);
}

function glob(pattern) {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, "is");
  return (text) => expression.test(text);
}

function shown(value) {
  return value instanceof RegExp ? String(value) : JSON.stringify(value);
}

function notOne(what, number, rows) {
  const lines = [`expected one ${what}, got ${number || "none"}`];
  if (rows.length) lines.push(number ? "the candidates are:" : "there are:");
  return new ExpectationError([...lines, ...rows.map((row, i) => `  ${i + 1}. ${row}`)].join("\n"));
}

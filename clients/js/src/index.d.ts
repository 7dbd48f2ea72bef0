/** Times that are given to mailsink and told by it are in milliseconds, sizes in octets. */

export interface Address {
  name: string;
  address: string;
}

export interface Link {
  url: string;
  text: string;
  kind: "confirm" | "reset" | "view" | "unsubscribe" | "other" | (string & {});
}

export interface Code {
  /** As it is to be typed in. */
  value: string;
  /** As it is written. */
  shown: string;
  context: string;
}

export interface Tls {
  mode: "starttls" | "implicit";
  version: string;
  cipher: string;
  server_name: string;
  client_certificate: string;
}

/** What a list shows of a message. */
export declare class Summary {
  readonly id: string;
  readonly inbox: string;
  readonly subject: string;
  /** The envelope's reverse-path; "" is the null one. */
  readonly sender: string;
  /** The envelope's accepted recipients. */
  readonly rcpts: string[];
  readonly from: Address | null;
  readonly to: Address[];
  readonly receivedAt: Date;
  readonly size: number;
  readonly read: boolean;
  readonly starred: boolean;
  readonly tags: string[];
  readonly snippet: string;
  readonly sessionId: string;
  /** All of it, as the HTTP API gives it. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** A message in full. */
export declare class Mail extends Summary {
  readonly cc: Address[];
  /** The recipients that neither To nor Cc names. */
  readonly bcc: string[];
  readonly replyTo: Address[];
  readonly messageId: string;
  readonly date: Date | null;
  readonly headers: [name: string, value: string][];
  readonly text: string;
  readonly html: string;
  readonly links: Link[];
  readonly codes: Code[];
  readonly attachments: Attachment[];
  readonly helo: string;
  readonly tls: Tls | null;
  readonly authUser: string | null;
  /** The first header field of that name, in any case. */
  header(name: string): string | undefined;
  /**
   * The URL of the one link that has `pattern` in its URL, and `text` in what a reader clicks.
   * @throws {ExpectationError} that lists the links, unless exactly one fits
   */
  link(pattern?: string | RegExp, options?: { text?: string | RegExp }): string;
  /**
   * The one-time code, without spaces and hyphens.
   * @throws {ExpectationError} that lists the candidates, unless exactly one fits
   */
  code(digits?: number): string;
  /**
   * The one file of that name or type, which may be a pattern such as `*.pdf`, or of that number from 0.
   * @throws {ExpectationError} that lists the files, unless exactly one fits
   */
  attachment(which?: string | number): Attachment;
  /** The octets, as they were sent. */
  content(): Promise<Uint8Array>;
}

/** A file that a mail reader offers. */
export declare class Attachment {
  readonly filename: string;
  readonly contentType: string;
  readonly contentId: string;
  readonly charset: string;
  readonly size: number;
  readonly url: string;
  content(): Promise<Uint8Array>;
  text(): Promise<string>;
}

/** A text; several that must all be there; true for "there is one", false and null for "there is none". */
export type Value = string | string[] | boolean | null;

/** What a message must be: a text is the whole of an address or a subject, and contained in a body. */
export interface Criteria {
  /** A search text that must find it, too. */
  q?: string;
  rcpt?: Value;
  sender?: Value;
  from?: Value;
  to?: Value;
  cc?: Value;
  bcc?: Value;
  replyTo?: Value;
  subject?: Value;
  text?: Value;
  html?: Value;
  body?: Value;
  link?: Value;
  code?: Value;
  attachment?: Value | { filename?: string | boolean; contentType?: string | boolean; content?: string | boolean };
  header?: Record<string, Value>;
  authUser?: Value;
  tls?: boolean | "starttls" | "implicit" | null;
  helo?: Value;
  messageId?: Value;
  id?: Value;
}

export interface ExpectOptions {
  /** How long it may take; 5000 as a rule, 240,000 at most. */
  timeout?: number;
  /** Leave out the messages up to this id. */
  after?: string;
  signal?: AbortSignal;
}

export interface WaitOptions {
  /** How long it may take; 30,000 as a rule. */
  timeout?: number;
  after?: string;
  /** What a message must be besides; of others the wait goes on. */
  where?: (mail: Mail) => boolean;
  signal?: AbortSignal;
}

export interface Page {
  messages: Summary[];
  /** The `cursor` of the page after this one. */
  next: string | null;
  total: number;
  unread: number;
}

export interface NewMail {
  from: string | Address;
  to?: string | Address | (string | Address)[];
  cc?: string | Address | (string | Address)[];
  bcc?: string | Address | (string | Address)[];
  replyTo?: string | Address | (string | Address)[];
  subject?: string;
  text?: string;
  html?: string;
  /** `content` is base64. */
  attachments?: { content: string; filename?: string; contentType?: string; contentId?: string }[];
  headers?: Record<string, string>;
  reversePath?: string;
  forwardPaths?: string[];
}

/** A fault rule as the HTTP API takes it: conditions, and one action. */
export interface Rule {
  stage?: string;
  reply?: string;
  delay?: number;
  times?: number;
  rcpt?: string;
  sender?: string;
  subject?: string;
  [word: string]: string | number | boolean | string[] | [number, number] | undefined;
}

export interface Fault {
  readonly id: string;
  /** The rule in words. */
  readonly sentence: string;
  hits(): Promise<number>;
  remove(): Promise<void>;
}

export interface Faults {
  add(rule: Rule): Promise<Fault>;
  preset(name: string, settings?: Record<string, string | number | boolean>): Promise<Fault[]>;
  list(): Promise<{ id: string; enabled: boolean; sentence: string; matches: number; hits: number }[]>;
  clear(): Promise<number>;
}

export type Event =
  | { kind: "captured"; inbox: string; ids: [string]; message: Summary }
  | { kind: "changed" | "deleted" | "session" | "reset"; inbox: string; ids: string[] };

/** The messages of one inbox, or of all of them. */
export declare class Inbox {
  readonly name: string | undefined;
  readonly faults: Faults;
  list(options?: { q?: string; limit?: number; cursor?: string }): Promise<Page>;
  search(q?: string, options?: { limit?: number }): Promise<Summary[]>;
  find(q?: string, options?: { limit?: number }): Promise<Mail[]>;
  latest(q?: string): Promise<Mail | null>;
  get(id: string): Promise<Mail | null>;
  counts(q?: string): Promise<{ total: number; unread: number }>;
  expect(criteria?: Criteria, options?: ExpectOptions & { count?: undefined }): Promise<Mail>;
  expect(criteria: Criteria, options: ExpectOptions & { count: number }): Promise<Mail[]>;
  expectNone(criteria?: Criteria, options?: { within?: number; after?: string; signal?: AbortSignal }): Promise<void>;
  waitFor(q?: string, options?: WaitOptions & { count?: undefined }): Promise<Mail>;
  waitFor(q: string, options: WaitOptions & { count: number }): Promise<Mail[]>;
  stream(options?: { kinds?: Event["kind"][]; signal?: AbortSignal }): AsyncGenerator<Event, void, void>;
  add(mail: NewMail): Promise<Mail>;
  mark(ids: string | string[], marks: { read?: boolean; starred?: boolean; tags?: string[] }): Promise<number>;
  delete(ids: string | string[]): Promise<number>;
  clear(q?: string): Promise<number>;
  attempts(options?: { limit?: number }): Promise<Readonly<Record<string, unknown>>[]>;
}

/** An inbox that was made for somebody, and the ways to it. */
export declare class MadeInbox extends Inbox {
  readonly name: string;
  readonly user: string | null;
  readonly password: string | null;
  readonly tag: string | null;
  readonly listener: { host: string; port: number; tls: "none" | "starttls" | "implicit" } | null;
  readonly expiresAt: Date | null;
  /** A mail address whose mail comes here, from a client that does not log in. */
  address(name?: string, domain?: string): string;
  remove(): Promise<void>;
}

export interface InboxOptions {
  /** Without one it gets a name that was never there. */
  name?: string;
  /** Whether it has a user and a password; true as a rule. */
  login?: boolean;
  /** A port of its own: true for one like the others, or how it differs. */
  listener?:
    | boolean
    | {
        tls?: "none" | "starttls" | "required" | "implicit";
        authRequired?: boolean;
        user?: string;
        password?: string;
        maxSize?: number;
        hide?: string[];
      };
  expiresIn?: number;
}

export interface ClientOptions {
  /** The address of the inbox page; without it MAILSINK_URL, else http://127.0.0.1:8025. */
  url?: string;
  /** Without it MAILSINK_TOKEN. */
  token?: string;
  /** The one inbox that is meant; without it all of them as one. */
  inbox?: string;
  fetch?: typeof globalThis.fetch;
}

/** A running server. */
export declare class Client extends Inbox {
  constructor(options?: string | ClientOptions);
  readonly url: string;
  readonly inboxes: {
    list(): Promise<{ name: string; total: number; unread: number }[]>;
    create(options?: InboxOptions): Promise<MadeInbox>;
    delete(name: string): Promise<number>;
  };
  readonly sessions: {
    list(options?: { limit?: number; cursor?: string; full?: boolean }): Promise<{
      sessions: Readonly<Record<string, unknown>>[];
      next: string | null;
    }>;
    get(id: string): Promise<Readonly<Record<string, unknown>> | null>;
  };
  inbox(name: string): Inbox;
  health(): Promise<{
    version: string;
    smtp: { host: string; port: number; tls: string; inbox: string | null }[];
    store: string;
    messages: number;
    unread: number;
  }>;
}

export declare class MailsinkError extends Error {}

/** The server cannot be asked, or refused. */
export declare class RequestError extends MailsinkError {
  /** 0 where it did not answer. */
  readonly status: number;
  /** The parameter or the member at fault. */
  readonly field: string;
  readonly allowed: string[];
}

/** A search text cannot be read. */
export declare class QueryError extends RequestError {
  readonly start: number;
  readonly end: number;
  readonly hint: string;
}

/** What was expected did not come; the text lists what came, the nearest miss first. */
export declare class ExpectationError extends MailsinkError {
  readonly matched: Summary[];
  readonly misses: {
    message: Summary;
    reasons: { condition: string; expected: string; actual: string[]; matches: boolean; hint: string }[];
  }[];
}

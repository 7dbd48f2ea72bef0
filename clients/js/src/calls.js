// What each verb asks of the server, and how its answer is read; nothing here speaks HTTP.
//
// A call is { method, path, query, body, read }: `read` turns the answer's JSON into what the verb gives,
// `octets` fetches what is at an address. `fail` is the error for an answer that refuses.

import { ExpectationError, QueryError, RequestError } from "./errors.js";
import { Mail, Summary } from "./mail.js";

const segment = encodeURIComponent;

// The server holds a request for at most five minutes, and so does fetch in Node.
export const LONGEST = 240_000;

export function list(inbox, { q, limit = 50, cursor } = {}) {
  return {
    method: "GET",
    path: "/messages",
    query: { q, inbox, limit, cursor },
    read: (json) => ({ ...json, messages: json.messages.map((one) => new Summary(one)) }),
  };
}

export function get(inbox, id, q) {
  return {
    method: "GET",
    path: `/messages/${segment(id)}`,
    query: { q, inbox },
    missing: null,
    read: (json, octets) => new Mail(json, octets),
  };
}

export function wait(inbox, q, { count = 1, timeout = 30_000, after } = {}) {
  return {
    method: "GET",
    path: "/wait",
    query: { q, inbox, count, timeout: seconds(timeout), after },
    patience: timeout,
    read: (json, octets) => json.messages.map((one) => new Mail(one, octets)),
  };
}

export function expect(inbox, criteria = {}, { count, timeout = 5000, after } = {}) {
  const body = { ...asked(criteria), inbox, count: count ?? 1, timeout: seconds(timeout), after };
  return {
    method: "POST",
    path: "/assert",
    body,
    patience: timeout,
    read: (json, octets) => {
      const mails = json.messages.map((one) => new Mail(one, octets));
      return count === undefined ? mails[0] : mails;
    },
  };
}

export function expectNone(inbox, criteria = {}, { within = 0, after } = {}) {
  return { ...expect(inbox, criteria, { count: 0, timeout: within, after }), read: () => undefined };
}

export function add(inbox, mail) {
  const { replyTo, reversePath, forwardPaths, attachments = [], ...rest } = mail;
  return {
    method: "POST",
    path: "/messages",
    body: {
      inbox,
      ...rest,
      reply_to: replyTo,
      reverse_path: reversePath,
      forward_paths: forwardPaths,
      attachments: attachments.map((one) => ({
        content: one.content,
        filename: one.filename,
        content_type: one.contentType,
        content_id: one.contentId,
      })),
    },
    read: (json, octets) => new Mail(json, octets),
  };
}

export function mark(inbox, ids, { read, starred, tags }) {
  const which = inbox === undefined ? { ids } : { inbox, q: either(ids) };
  return { method: "PATCH", path: "/messages", body: { ...which, read, starred, tags }, read: (json) => json.changed };
}

export function remove(inbox, ids) {
  const query = inbox === undefined ? { ids: ids.join(",") } : { inbox, q: either(ids) };
  return { method: "DELETE", path: "/messages", query, read: (json) => json.deleted };
}

/** A search for messages by their ids, which leaves out those of other inboxes. */
function either(ids) {
  return ids.map((id) => `id:${id.replace(/[^0-9A-Za-z]/g, "")}`).join(" OR ");
}

export function clear(inbox, q) {
  return { method: "DELETE", path: "/messages", query: { inbox, q }, read: (json) => json.deleted };
}

export function attempts(inbox, { limit = 100 } = {}) {
  return { method: "GET", path: "/attempts", query: { inbox, limit }, read: (json) => json.mailings };
}

export function addFault(inbox, rule) {
  return { method: "POST", path: "/faults", body: { inbox, ...rule }, read: (json) => json.rules[0] };
}

export function addPreset(inbox, name, settings = {}) {
  return {
    method: "POST",
    path: `/faults/presets/${segment(name)}`,
    body: { inbox, ...settings },
    read: (json) => json.rules,
  };
}

export function fault(id) {
  return { method: "GET", path: `/faults/${segment(id)}`, missing: null, read: (json) => json };
}

export function faults(inbox) {
  return { method: "GET", path: "/faults", query: { inbox }, read: (json) => json.rules };
}

export function removeFault(id) {
  return { method: "DELETE", path: `/faults/${segment(id)}`, missing: 0, read: (json) => json.deleted };
}

export function clearFaults(inbox) {
  return { method: "DELETE", path: "/faults", query: { inbox }, read: (json) => json.deleted };
}

export function createInbox({ name, login = true, listener = false, expiresIn } = {}) {
  const own =
    typeof listener === "boolean"
      ? listener
      : {
          tls: listener.tls,
          auth_required: listener.authRequired,
          user: listener.user,
          password: listener.password,
          max_size: listener.maxSize,
          hide: listener.hide,
        };
  return {
    method: "POST",
    path: "/inboxes",
    body: { name, login, listener: own, expires_in: expiresIn === undefined ? undefined : expiresIn / 1000 },
    read: (json) => json,
  };
}

export function deleteInbox(name) {
  return { method: "DELETE", path: `/inboxes/${segment(name)}`, missing: 0, read: (json) => json.deleted };
}

export function inboxes() {
  return { method: "GET", path: "/inboxes", read: (json) => json.inboxes };
}

export function sessions({ limit = 100, cursor, full } = {}) {
  return { method: "GET", path: "/sessions", query: { limit, cursor, full }, read: (json) => json };
}

export function session(id) {
  return { method: "GET", path: `/sessions/${segment(id)}`, missing: null, read: (json) => json };
}

export function health() {
  return { method: "GET", path: "/health", read: (json) => json };
}

/** The address of a call below the server's own, with its query. */
export function target({ path, query = {} }) {
  // What is empty is said so: left out it would mean everything, to a call that deletes as well.
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(given).toString();
  return `/api${path}${text ? `?${text}` : ""}`;
}

/** What the answer of a call means. `octets` is handed on to what is made of it; throws what it refuses by. */
export function answer(call, url, status, text, octets) {
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    throw new RequestError(`${url} answered ${status}, and not in JSON; is it mailsink's address?`, { status });
  }
  if (status < 400) return call.read(json, octets);
  if (status === 404 && "missing" in call && json.field !== "q") return call.missing;
  throw refusal(url, status, json);
}

function refusal(url, status, problem) {
  const message = problem?.detail;
  if (typeof message !== "string") {
    return new RequestError(`${url} answered ${status}; is it mailsink's address?`, { status });
  }
  if ("start" in problem) return new QueryError(message, { status, problem });
  // 408: it did not come in time; 409: what came is not what must.
  if ("explanation" in problem) {
    return new ExpectationError(problem.explanation, {
      matched: (problem.matched ?? []).map((one) => new Summary(one)),
      misses: (problem.misses ?? []).map((one) => ({ ...one, message: new Summary(one.message) })),
    });
  }
  return new RequestError(message, { status, problem });
}

function asked({ replyTo, authUser, messageId, attachment, ...rest }) {
  for (const [name, value] of Object.entries({ replyTo, authUser, messageId, ...rest })) {
    const odd = [value].flat().find((one) => one instanceof RegExp || typeof one === "function");
    if (odd !== undefined) {
      throw new TypeError(
        `${name}: the server compares texts, not ${odd instanceof RegExp ? odd : "a function"}; ` +
          "say it as a search (q), or look closer with waitFor(q, { where: (mail) => ... })",
      );
    }
  }
  const file =
    attachment !== null && typeof attachment === "object" && !Array.isArray(attachment)
      ? { filename: attachment.filename, content_type: attachment.contentType, content: attachment.content }
      : attachment;
  return { ...rest, reply_to: replyTo, auth_user: authUser, message_id: messageId, attachment: file };
}

function seconds(milliseconds) {
  if (!(milliseconds >= 0 && milliseconds <= LONGEST)) {
    throw new RangeError(`timeout ${milliseconds}: must be from 0 to ${LONGEST} milliseconds`);
  }
  return milliseconds / 1000;
}

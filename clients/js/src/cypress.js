// Cypress: commands that ask mailsink by cy.request, so that no page's origin is in the way.
//
// Importing this in the support file adds them. The server is that of the variable MAILSINK_URL, which
// `cypress run --env MAILSINK_URL=...` or CYPRESS_MAILSINK_URL sets; a token is in MAILSINK_TOKEN.

import * as calls from "./calls.js";
import { MadeInbox } from "./inbox.js";

const DEFAULT_URL = "http://127.0.0.1:8025";
// Milliseconds for an answer, beyond what the server was asked to wait for.
const MARGIN = 30_000;

/** Add the commands; `Cypress` and `cy` are those of the support file. */
export function addCommands(Cypress, cy) {
  const run = (call) => {
    const url = String(Cypress.env("MAILSINK_URL") || DEFAULT_URL).replace(/\/+$/, "");
    const token = Cypress.env("MAILSINK_TOKEN");
    const request = {
      method: call.method,
      url: url + calls.target(call),
      headers: { ...(token && { Authorization: `Bearer ${token}` }), "Content-Type": "application/json" },
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      failOnStatusCode: false,
      timeout: (call.patience ?? 0) + MARGIN,
      log: false,
    };
    return cy.request(request).then((response) => {
      const text = typeof response.body === "string" ? response.body : JSON.stringify(response.body);
      return cy.wrap(calls.answer(call, url, response.status, text, noOctets), { log: false });
    });
  };
  const named = (inbox) => (typeof inbox === "string" ? inbox : inbox?.name);
  const commands = {
    mailsinkInbox: (options) =>
      run({ ...calls.createInbox(options), read: (json) => new MadeInbox(undefined, json) }),
    mailsinkRemove: (inbox) => run(calls.deleteInbox(named(inbox))),
    mailsinkExpect: (criteria, { inbox, ...options } = {}) => run(calls.expect(named(inbox), criteria, options)),
    mailsinkExpectNone: (criteria, { inbox, ...options } = {}) =>
      run(calls.expectNone(named(inbox), criteria, options)),
    mailsinkList: ({ inbox, ...options } = {}) => run(calls.list(named(inbox), options)),
    mailsinkGet: (id) => run(calls.get(undefined, id)),
    mailsinkLatest: (q, { inbox } = {}) => run(calls.get(named(inbox), "latest", q)),
    mailsinkClear: (q, { inbox } = {}) => run(calls.clear(named(inbox), q)),
    mailsinkFault: (rule, { inbox } = {}) => run(calls.addFault(named(inbox), rule)),
    mailsinkClearFaults: ({ inbox } = {}) => run(calls.clearFaults(named(inbox))),
  };
  for (const [name, command] of Object.entries(commands)) Cypress.Commands.add(name, command);
}

function noOctets() {
  throw new TypeError("cy.request gives no octets here: download the file by its url");
}

if (globalThis.Cypress?.Commands) addCommands(globalThis.Cypress, globalThis.cy);

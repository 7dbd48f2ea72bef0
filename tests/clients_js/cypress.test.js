// The commands for Cypress, with a stand-in for `cy` that runs them against the server at MAILSINK_URL.
//
// Like Cypress's own it runs what a command yields before the next step; unlike it, it has no browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Client } from "mailsink";
import { addCommands } from "mailsink/cypress";

class Chain {
  constructor(promise) {
    this.promise = promise;
  }

  then(done, failed) {
    return new Chain(this.promise.then(done, failed));
  }
}

const cy = {
  wrap: (value) => new Chain(Promise.resolve(value)),
  request: ({ method, url, headers, body, failOnStatusCode, timeout }) => {
    assert.equal(failOnStatusCode, false);
    assert.ok(timeout >= 30_000);
    return new Chain(
      fetch(url, { method, headers, body }).then(async (response) => {
        const text = await response.text();
        // Cypress reads JSON, and leaves a problem's text as it is.
        const isJson = response.headers.get("content-type") === "application/json";
        return { status: response.status, body: isJson ? JSON.parse(text) : text };
      }),
    );
  },
};
const Cypress = {
  env: (name) => process.env[name],
  Commands: { add: (name, command) => (cy[name] = (...words) => new Chain(Promise.resolve().then(() => command(...words)))) },
};
addCommands(Cypress, cy);

const mail = { from: "shop@example.org", to: "ada@example.org", subject: "Welcome", text: "https://shop.example/confirm" };

test("a test has its inbox, and finds the link in its mail", async () => {
  const inbox = await cy.mailsinkInbox({ expiresIn: 60_000 });
  await new Client().add({ ...mail, to: inbox.address("ada") });

  const url = await cy.mailsinkExpect({ subject: "Welcome" }, { inbox }).then((found) => found.link("/confirm"));

  assert.equal(url, "https://shop.example/confirm");
  assert.equal((await cy.mailsinkLatest("subject:welcome", { inbox: inbox.name })).rcpts[0], inbox.address("ada"));
  assert.equal((await cy.mailsinkList({ inbox })).total, 1);
  assert.equal((await cy.mailsinkExpect({ subject: "Welcome" }, { inbox, count: 1 })).length, 1);
  await cy.mailsinkFault({ stage: "rcpt", reply: "450 4.2.0 Later" }, { inbox });
  assert.equal(await cy.mailsinkClearFaults({ inbox }), 1);
  assert.equal(await cy.mailsinkClear(undefined, { inbox }), 1);
  await cy.mailsinkExpectNone({}, { inbox });
  assert.equal(await cy.mailsinkRemove(inbox), 0);
});

test("what did not come fails with the near misses", async () => {
  const one = await new Client().add(mail);

  await assert.rejects(
    async () => cy.mailsinkExpect({ subject: "Welcome", rcpt: "bob@example.org" }, { timeout: 10 }),
    /ExpectationError: expected 1 message, got 0/,
  );
  assert.equal((await cy.mailsinkGet(one.id)).subject, "Welcome");
  assert.equal(await cy.mailsinkGet("gone"), null);
  await cy.mailsinkClear();
});

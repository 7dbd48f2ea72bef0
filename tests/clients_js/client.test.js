// The client against a real server at MAILSINK_URL. Run by test_javascript.py.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, beforeEach, test } from "node:test";

import { Client, ExpectationError, QueryError, RequestError } from "mailsink";

const nodemailer = createRequire(import.meta.url)("nodemailer");
const client = new Client();

const mail = (words) => ({
  from: "Shop <shop@example.org>",
  to: "ada@example.org",
  subject: "Your code",
  text: "Your code is 493817: https://shop.example/confirm?t=1",
  ...words,
});

beforeEach(async () => {
  await client.clear();
});

after(async () => {
  await client.clear();
});

test("a mail has what a test asks of it", async () => {
  const pdf = Buffer.from("%PDF").toString("base64");
  await client.add(
    mail({
      bcc: "bob@example.org",
      html: '<a href="https://shop.example/confirm?t=1">Confirm</a> 493817',
      attachments: [{ content: pdf, filename: "invoice.pdf", contentType: "application/pdf" }],
      headers: { "X-Kind": "test" },
    }),
  );

  const found = await client.expect({ rcpt: ["ada@example.org", "bob@example.org"], subject: "Your code" });

  assert.deepEqual(found.from, { name: "Shop", address: "shop@example.org" });
  assert.deepEqual([found.sender, found.rcpts], ["shop@example.org", ["ada@example.org", "bob@example.org"]]);
  assert.deepEqual(found.bcc, ["bob@example.org"]);
  assert.equal(found.code(), "493817");
  assert.equal(found.code(6), "493817");
  assert.equal(found.link("/confirm"), "https://shop.example/confirm?t=1");
  assert.equal(found.link(/confirm\?t=\d/, { text: "Confirm" }), "https://shop.example/confirm?t=1");
  assert.equal(found.header("x-kind"), "test");
  assert.ok(found.receivedAt instanceof Date && found.date instanceof Date);
  assert.equal(await found.attachment("*.pdf").text(), "%PDF");
  assert.equal(found.attachment(0).contentType, "application/pdf");
  assert.match(new TextDecoder().decode(await found.content()), /^From: .*<shop@example\.org>\r\n/m);
});

test("after the latest only new mail counts", async () => {
  await client.add(mail());

  await client.expectNone({}, { after: "latest" });
  await assert.rejects(client.waitFor("", { after: "latest", timeout: 0 }), ExpectationError);
});

test("what a mail has not is said with what it has", async () => {
  const found = await client.add(mail());

  assert.throws(() => found.link("/reset"), {
    name: "ExpectationError",
    message:
      'expected one link with "/reset" in its URL, got none\nthere are:\n' +
      '  1. "https://shop.example/confirm?t=1"  "Your code is 493817"',
  });
  assert.throws(() => found.code(4), /^ExpectationError: expected one code of 4 digits, got none\nthere are:/);
  assert.throws(() => found.attachment("*.pdf"), { message: 'expected one file "*.pdf", got none' });
});

test("it lists, searches and reads", async () => {
  const first = await client.add(mail({ subject: "One" }));
  const second = await client.add(mail({ subject: "Two" }));

  const page = await client.list({ limit: 1 });
  assert.deepEqual([page.messages.map((one) => one.subject), page.total, page.unread], [["Two"], 2, 2]);
  assert.deepEqual((await client.list({ cursor: page.next })).messages[0].id, first.id);
  assert.deepEqual((await client.search("subject:one")).map((one) => one.id), [first.id]);
  assert.deepEqual((await client.find("from:shop")).map((one) => one.id), [first.id, second.id]);
  assert.equal((await client.latest()).id, second.id);
  assert.equal((await client.latest("subject:one")).id, first.id);
  assert.equal(await client.latest("subject:three"), null);
  assert.equal(await client.get("gone"), null);
  assert.equal((await client.get(first.id)).subject, "One");
});

test("it marks and deletes", async () => {
  const one = await client.add(mail());
  const other = await client.inbox("other").add(mail());

  assert.equal(await client.mark(one.id, { read: true, tags: ["seen"] }), 1);
  assert.deepEqual((await client.get(one.id)).tags, ["seen"]);
  assert.deepEqual(await client.counts("tag:seen"), { total: 1, unread: 0 });
  // An inbox changes and deletes what is in it alone.
  assert.equal(await client.inbox("other").mark([one.id, other.id], { starred: true }), 1);
  assert.equal(await client.inbox("other").delete([one.id, other.id]), 1);
  // What was never set chooses nothing.
  for (const nothing of ["", undefined, []]) assert.equal(await client.delete(nothing), 0);
  await assert.rejects(client.clear(""), { message: /q is empty. Give it a value, or leave it out./ });
  assert.equal(await client.delete(one.id), 1);
  assert.equal(await client.clear(), 0);
});

test("it waits for what comes later", async () => {
  const later = client.expect({ subject: "Later" });
  const both = client.waitFor("subject:later", { count: 2 });
  await client.add(mail({ subject: "Later" }));

  assert.equal((await later).subject, "Later");
  await client.add(mail({ subject: "Later" }));
  assert.equal((await both).length, 2);
});

test("it looks closer at what comes", async () => {
  await client.add(mail({ subject: "Invoice 7" }));
  const second = client.waitFor("subject:invoice", { where: (one) => one.subject.endsWith("8") });
  await client.add(mail({ subject: "Invoice 8" }));

  assert.equal((await second).subject, "Invoice 8");
  await assert.rejects(client.waitFor("subject:invoice", { where: () => false, timeout: 10 }), ExpectationError);
});

test("what did not come is told with the near misses", async () => {
  await client.add(mail({ subject: "Welcome aboard" }));

  const failure = await client.expect({ subject: "Welcome", rcpt: "ada@example.org" }, { timeout: 10 }).catch((e) => e);

  assert.ok(failure instanceof ExpectationError);
  assert.match(failure.message, /^expected 1 message, got 0/);
  assert.match(failure.message, /'Welcome aboard'/);
  assert.equal(failure.misses[0].message.subject, "Welcome aboard");
  await assert.rejects(client.waitFor("subject:invoice", { timeout: 10 }), /expected 1 message, got 0/);
});

test("one too many is not what was expected", async () => {
  await client.add(mail());
  await client.add(mail());

  const failure = await client.expect({ subject: "Your code" }).catch((error) => error);
  assert.equal(failure.matched.length, 2);
  assert.equal((await client.expect({ subject: "Your code" }, { count: 2 })).length, 2);
  await assert.rejects(client.expectNone({ subject: "Your code" }), ExpectationError);
  await client.expectNone({ subject: "Invoice" }, { within: 10 });
});

test("what is wrong is said by the server's sentence", async () => {
  const search = await client.list({ q: "is:xyz" }).catch((error) => error);
  assert.ok(search instanceof QueryError);
  assert.equal(search.start, 3);
  assert.match(search.message, /^q cannot be read: is:xyz is not known/);

  const word = await client.expect({ colour: "red" }).catch((error) => error);
  assert.ok(word instanceof RequestError);
  assert.deepEqual([word.status, word.name], [400, "RequestError"]);
  assert.match(word.message, /colour/);
  await assert.rejects(client.expect({ subject: /code/ }), /^TypeError: subject: the server compares texts, not \/code\/; /);
  await assert.rejects(client.expect({}, { timeout: 999_999 }), /^RangeError: timeout 999999: must be from 0 to 240000/);
  assert.throws(() => new Client("localhost:8025"), /localhost:8025 is not the address of a server/);
  await assert.rejects(
    new Client("http://127.0.0.1:9").health(),
    /^RequestError: http:\/\/127\.0\.0\.1:9 cannot be asked: .*; is mailsink running there\?/,
  );
});

test("an inbox of its own has a login, a tag and a listener, and goes", async () => {
  const inbox = await client.inboxes.create({ listener: { authRequired: true }, expiresIn: 60_000 });
  const { host, port } = inbox.listener;
  const transport = nodemailer.createTransport({ host, port, auth: { user: inbox.user, pass: inbox.password } });
  await transport.sendMail(mail({ subject: "By SMTP" }));
  await client.add(mail({ to: inbox.address("ada") }));

  assert.equal((await inbox.expect({ subject: "By SMTP" })).authUser, inbox.user);
  assert.equal((await inbox.expect({ subject: "Your code" })).rcpts[0], inbox.address("ada"));
  assert.ok(inbox.expiresAt > new Date());
  assert.ok((await client.inboxes.list()).some((one) => one.name === inbox.name));
  const { sessions } = await client.sessions.list({ limit: 10 });
  const session = sessions.find((one) => one.auth?.user === inbox.user);
  assert.equal(session.transcript, undefined);
  const full = await client.sessions.list({ full: true });
  assert.ok(full.sessions.find((one) => one.id === session.id).transcript.length > 0);
  assert.equal((await client.sessions.get(session.id)).id, session.id);
  assert.equal((await inbox.attempts()).length, 1);
  await inbox.remove();
  await inbox.remove();
  assert.ok(!(await client.inboxes.list()).some((one) => one.name === inbox.name));
  await assert.rejects(transport.sendMail(mail()));
});

test("faults are of one inbox, and count", async () => {
  const inbox = await client.inboxes.create({ listener: true });
  const { host, port } = inbox.listener;
  const transport = nodemailer.createTransport({ host, port, ignoreTLS: true });
  const fault = await inbox.faults.add({ stage: "rcpt", reply: "450 4.2.0 Later", times: 1 });

  await assert.rejects(transport.sendMail(mail()), /450 4\.2\.0 Later/);
  await transport.sendMail(mail());

  assert.equal(await fault.hits(), 1);
  assert.match(fault.sentence, /450/);
  await fault.remove();
  await fault.remove();
  await inbox.faults.preset("greylisting", { seconds: 60 });
  assert.equal((await inbox.faults.list()).length, 1);
  assert.equal(await inbox.faults.clear(), 1);
  await assert.rejects(inbox.faults.add({ stage: "rcpt" }), RequestError);
  await inbox.remove();
});

test("events come as they happen, and end when they are no longer wanted", async () => {
  const seen = [];
  const stop = new AbortController();
  const following = (async () => {
    for await (const event of client.stream({ kinds: ["captured", "deleted"], signal: stop.signal })) {
      seen.push(event);
      if (event.kind === "deleted") break;
    }
  })();
  // The stream tells from its first step on; which events come before that is not said.
  while (seen.length === 0) await client.add(mail({ subject: "Event" }));
  await client.clear();
  await following;

  assert.equal(seen[0].message.subject, "Event");
  assert.equal(seen.at(-1).kind, "deleted");
  const other = client.stream({ signal: AbortSignal.abort() });
  assert.deepEqual(await other.next(), { done: true, value: undefined });
});

test("a wait can be given up", async () => {
  const reason = new Error("enough");

  await assert.rejects(client.expect({ subject: "Never" }, { signal: AbortSignal.abort(reason) }), reason);
});

test("it tells what runs", async () => {
  const health = await client.health();

  assert.equal(typeof health.version, "string");
  assert.equal(client.url, process.env.MAILSINK_URL);
});

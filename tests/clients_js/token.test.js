// The ways to a server that asks for something: MAILSINK_TOKEN is its token, MAILSINK_LOGIN a user's.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Client } from "mailsink";

const url = process.env.MAILSINK_URL;

test("the token of the environment is sent", async () => {
  assert.ok(await new Client().health());
});

test("a wrong token is refused with the server's sentence", async () => {
  await assert.rejects(new Client({ token: "wrong" }).list(), { name: "RequestError", status: 401 });
});

test("a user and a password may stand in the address", async () => {
  const client = new Client({ url: url.replace("//", `//anybody:${process.env.MAILSINK_TOKEN}@`), token: "" });

  assert.equal(client.url, url);
  assert.equal((await client.list()).total, 0);
});

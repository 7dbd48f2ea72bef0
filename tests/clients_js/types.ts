// What type checkers must know. Compiled by test_javascript.py, never run.

import { test as base } from "@playwright/test";
import { Client, ExpectationError, type Mail, type MadeInbox, type Summary } from "mailsink";
import "mailsink/cypress";
import { withMailsink } from "mailsink/playwright";

const client = new Client({ url: "http://127.0.0.1:8025", token: "s3cret" });

export async function mails(): Promise<void> {
  const one: Mail = await client.expect({ rcpt: "ada@example.org", subject: true, header: { "X-Kind": ["a", "b"] } });
  const two: Mail[] = await client.expect({ attachment: { filename: "*.pdf" } }, { count: 2, timeout: 1000 });
  const found: Summary[] = await client.search("has:attachment");
  const later: Mail = await client.waitFor("subject:welcome", { where: (mail) => mail.links.length > 1 });
  const inbox: MadeInbox = await client.inboxes.create({ listener: { tls: "starttls" }, expiresIn: 1000 });
  const code: string = one.code(6) + two[0]!.link(/confirm/, { text: "Yes" }) + inbox.address("ada") + later.subject;
  for await (const event of client.stream({ kinds: ["captured"] })) {
    if (event.kind === "captured") console.log(event.message.subject, code, found);
  }
  // @ts-expect-error a condition that there is not
  await client.expect({ subjct: "Welcome" });
  // @ts-expect-error an expression, which the server cannot compare by
  await client.expect({ subject: /welcome/ });
  // @ts-expect-error one mail, where a list was asked for
  const wrong: Mail = await client.expect({}, { count: 2 });
  // @ts-expect-error nothing may be set
  one.subject = "Other";
  console.log(wrong, new ExpectationError("x").misses[0]?.reasons[0]?.expected);
}

export const test = withMailsink(base);
test.use({ mailsinkInbox: { listener: true } });
test("a sign-up", async ({ page, mailsink }) => {
  await page.goto((await mailsink.expect({ to: mailsink.address("ada") })).link());
});

declare const cy: Cypress.Chainable;
// As Cypress's own types have it.
declare global {
  namespace Cypress {
    interface Chainable<Subject = any> {
      then<T>(made: (subject: Subject) => Chainable<T>): Chainable<T>;
    }
  }
}
export const shown: Cypress.Chainable<number> = cy
  .mailsinkInbox({ expiresIn: 1000 })
  .then((inbox) => cy.mailsinkExpect({ subject: "Welcome" }, { inbox }))
  .then((mail) => cy.mailsinkClear(`id:${mail.id}`));

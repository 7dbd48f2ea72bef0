// Playwright: an inbox of its own for each test, removed when the test is over.

import { Client } from "./client.js";

// Milliseconds after which the server forgets the inbox of a run that has died.
const EXPIRES = 3_600_000;
// Mails that the report of a failed test shows.
const SHOWN = 20;

/**
 * Add the fixture `mailsink` to a `test` of Playwright's, and the options `mailsinkUrl`, `mailsinkToken` and
 * `mailsinkInbox`, which is what `inboxes.create` takes.
 */
export function withMailsink(base) {
  return base.extend({
    mailsinkUrl: [undefined, { option: true }],
    mailsinkToken: [undefined, { option: true }],
    mailsinkInbox: [{}, { option: true }],
    mailsink: async ({ mailsinkUrl, mailsinkToken, mailsinkInbox }, use, testInfo) => {
      const client = new Client({ url: mailsinkUrl, token: mailsinkToken });
      const inbox = await client.inboxes.create({ expiresIn: EXPIRES, ...mailsinkInbox });
      try {
        await use(inbox);
        if (testInfo.status !== testInfo.expectedStatus) await report(inbox, testInfo);
      } finally {
        await inbox.remove();
      }
    },
  });
}

/** Attach what came to the report of a test that failed. */
async function report(inbox, testInfo) {
  const mails = (await inbox.find("", { limit: SHOWN })).map(
    (mail) => `From: <${mail.sender}>\nTo: ${mail.rcpts.join(", ")}\nSubject: ${mail.subject}\n\n${mail.text}`,
  );
  await testInfo.attach("captured mail", {
    body: mails.join(`\n${"-".repeat(70)}\n`) || "no mail came",
    contentType: "text/plain",
  });
}

import type { TestType } from "@playwright/test";
import type { InboxOptions, MadeInbox } from "./index.js";

export interface MailsinkOptions {
  /** Without it MAILSINK_URL, else http://127.0.0.1:8025. */
  mailsinkUrl: string | undefined;
  mailsinkToken: string | undefined;
  /** How each test's inbox is made. */
  mailsinkInbox: InboxOptions;
}

export interface MailsinkFixtures {
  /** An inbox of the test's own, removed when the test is over. */
  mailsink: MadeInbox;
}

/** `base` with the fixture `mailsink` and its options. */
export declare function withMailsink<T extends {}, W extends {}>(
  base: TestType<T, W>,
): TestType<T & MailsinkOptions & MailsinkFixtures, W>;

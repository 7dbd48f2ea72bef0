import type { Criteria, ExpectOptions, InboxOptions, Mail, MadeInbox, Page, Rule } from "./index.js";

/** An inbox by its name, or as `cy.mailsinkInbox` gave it. */
type Which = string | { name: string };

/** Add the commands by hand, where the support file's globals are called otherwise. */
export declare function addCommands(Cypress: unknown, cy: unknown): void;

/** An inbox that was made, without the verbs that wait: those are the commands. */
export type CypressInbox = Pick<MadeInbox, "name" | "user" | "password" | "tag" | "listener" | "expiresAt" | "address">;

/** A mail without its octets. */
export type CypressMail = Omit<Mail, "content">;

declare global {
  namespace Cypress {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars
    interface Chainable<Subject = any> {
      /** Make an inbox with a login, a tag, and with `listener` a port of its own. */
      mailsinkInbox(options?: InboxOptions): Chainable<CypressInbox>;
      /** Delete an inbox. */
      mailsinkRemove(inbox: Which): Chainable<number>;
      /** Wait until exactly one message meets the criteria; with `count`, exactly so many. */
      mailsinkExpect(
        criteria?: Criteria,
        options?: ExpectOptions & { inbox?: Which; count?: undefined },
      ): Chainable<CypressMail>;
      mailsinkExpect(
        criteria: Criteria,
        options: ExpectOptions & { inbox?: Which; count: number },
      ): Chainable<CypressMail[]>;
      /** Check that none meets them, now and for `within` milliseconds more. */
      mailsinkExpectNone(criteria?: Criteria, options?: { inbox?: Which; within?: number }): Chainable<void>;
      mailsinkList(options?: { inbox?: Which; q?: string; limit?: number; cursor?: string }): Chainable<Page>;
      mailsinkGet(id: string): Chainable<CypressMail | null>;
      mailsinkLatest(q?: string, options?: { inbox?: Which }): Chainable<CypressMail | null>;
      mailsinkClear(q?: string, options?: { inbox?: Which }): Chainable<number>;
      /** Let something go wrong on purpose. */
      mailsinkFault(rule: Rule, options?: { inbox?: Which }): Chainable<{ id: string; hits: number }>;
      mailsinkClearFaults(options?: { inbox?: Which }): Chainable<number>;
    }
  }
}

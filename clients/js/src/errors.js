// What can go wrong, each with the server's own sentence.

export class MailsinkError extends Error {
  get name() {
    return this.constructor.name;
  }
}

/** The server cannot be asked, or refused: `status` is 0 where it did not answer. */
export class RequestError extends MailsinkError {
  constructor(message, { status = 0, problem = {}, cause } = {}) {
    super(message, { cause });
    this.status = status;
    this.field = problem.field ?? "";
    this.allowed = problem.allowed ?? [];
  }
}

/** A search text cannot be read: `start` and `end` are where in it, `hint` is what may have been meant. */
export class QueryError extends RequestError {
  constructor(message, details) {
    super(message, details);
    const { start, end, hint } = details.problem;
    Object.assign(this, { start, end, hint: hint ?? "" });
  }
}

/** What was expected did not come: the text lists what came, the nearest miss first. */
export class ExpectationError extends MailsinkError {
  constructor(message, { matched = [], misses = [] } = {}) {
    super(message);
    this.matched = matched;
    this.misses = misses;
  }
}

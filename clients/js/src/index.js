export { Client } from "./client.js";
export { ExpectationError, MailsinkError, QueryError, RequestError } from "./errors.js";
export { Inbox, MadeInbox } from "./inbox.js";
export { Attachment, Mail, Summary } from "./mail.js";

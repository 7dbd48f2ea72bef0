// Sends the mails that the JSON on standard input names by one of Nodemailer's pools, each again after a while
// when it was not taken for a reason that may pass. Says how often it tried each, as JSON.
"use strict";

const fs = require("node:fs");
const { setTimeout: after } = require("node:timers/promises");
const nodemailer = require("nodemailer");

const want = JSON.parse(fs.readFileSync(0, "utf8"));
const pool = nodemailer.createTransport({
  pool: true,
  maxConnections: 2,
  host: want.host,
  port: want.port,
  name: "client.example.org",
  ignoreTLS: true,
});

// RFC 5321 §4.2.1: what begins with 4 may be tried again, and so may what broke without a reply.
const passes = (error) => !error.responseCode || error.responseCode < 500;

async function send(mail) {
  for (let tries = 1; ; tries += 1) {
    try {
      await pool.sendMail(mail);
      return tries;
    } catch (error) {
      if (tries === want.tries || !passes(error)) return -tries;
      await after(want.pause * 1000);
    }
  }
}

Promise.all(want.mails.map(send))
  .then((tries) => console.log(JSON.stringify(tries)))
  .finally(() => pool.close());

// Delivers what the JSON on standard input asks for by Nodemailer. Says why it did not, and ends with 1.
"use strict";

const fs = require("node:fs");
const net = require("node:net");
const nodemailer = require("nodemailer");

const want = JSON.parse(fs.readFileSync(0, "utf8"));
const seconds = 1000;

function auth() {
  if (!want.mechanism) return undefined;
  if (want.mechanism === "XOAUTH2") return { type: "OAuth2", user: want.user, accessToken: want.password };
  return { user: want.user, pass: want.password };
}

function tls() {
  const options = net.isIP(want.host) ? {} : { servername: want.host };
  if (want.trust) options.ca = fs.readFileSync(want.trust);
  if (want.certificate) [options.cert, options.key] = want.certificate.map((file) => fs.readFileSync(file));
  return options;
}

function dsn() {
  if (!want.dsn) return undefined;
  const { ret, envid, notify, orcpt } = want.dsn;
  return { id: envid, return: ret, notify, recipient: orcpt };
}

const transport = nodemailer.createTransport({
  // It asks DNS for a name, even this one. The certificate is checked against servername.
  host: want.host === "localhost" ? "127.0.0.1" : want.host,
  port: want.port,
  name: "client.example.org",
  connection: want.file ? net.connect(want.file) : undefined,
  lmtp: want.lmtp,
  secure: want.tls === "implicit",
  requireTLS: want.tls === "starttls",
  ignoreTLS: want.tls === "none",
  tls: want.tls === "none" ? undefined : tls(),
  auth: auth(),
  authMethod: want.mechanism || undefined,
  connectionTimeout: 25 * seconds,
  greetingTimeout: 25 * seconds,
  ...want.pool,
});

const mail = want.mail || {
  raw: Buffer.from(want.content, "base64"),
  envelope: { from: want.sender, to: want.recipients, use8BitMime: want.eight_bit },
};

const send = () => transport.sendMail({ ...mail, dsn: dsn(), requireTLSExtensionEnabled: want.require_tls });

Promise.all(Array.from({ length: want.copies }, send))
  .then(() => console.log("sent"))
  .catch((error) => {
    console.log(String(error));
    process.exitCode = 1;
  })
  .finally(() => transport.close());

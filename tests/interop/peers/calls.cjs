// Calls methods of a published client: each line of JSON on standard input names one, and is answered by a line
// that says what it gave. The client is as its author published it.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");

const [name, url] = process.argv.slice(2);
const address = new URL(url);
const modules = process.env.NODE_PATH;

const clients = {
  "mailpit-api": () => {
    const { MailpitClient } = require("mailpit-api");
    return new MailpitClient(url);
  },
  "cypress-mailpit": async () => {
    require("./cypress.cjs").install({ MAILPIT_URL: url });
    // It is a module of today in a package that does not say so: Node takes it only by this door.
    const file = path.join(modules, "cypress-mailpit", "dist", "src", "MailpitCommands.js");
    const source = fs.readFileSync(file).toString("base64");
    const { MailpitCommands } = await import(`data:text/javascript;base64,${source}`);
    return new MailpitCommands();
  },
  mailhog: () => {
    const basePath = address.pathname.replace(/\/$/, "") + "/api";
    return require("mailhog")({ host: address.hostname, port: address.port, basePath });
  },
  "mailhog-awesome": () => {
    const basePath = address.pathname.replace(/\/$/, "") + "/api";
    const { MailhogClient } = require("mailhog-awesome");
    return new MailhogClient({ host: address.hostname, port: address.port, basePath });
  },
  "cypress-mailhog": () => {
    const commands = require("./cypress.cjs").install({ mailHogUrl: url.replace(/\/?$/, "/") });
    require("cypress-mailhog");
    return commands;
  },
  "cypress-maildev": () => {
    const place = address.host + address.pathname.replace(/\/$/, "");
    require("./cypress.cjs").install({ MAILDEV_PROTOCOL: "http", MAILDEV_HOST: place });
    const { MaildevCommands } = require("cypress-maildev/build/maildevCommands.js");
    return new MaildevCommands();
  },
};

// What mailhog gives as properties that are computed when they are asked for.
const lazy = ["text", "html", "subject", "from", "to", "cc", "bcc", "replyTo", "date", "deliveryDate"];

async function shown(value) {
  if (value instanceof Blob) {
    return { type: value.type, base64: Buffer.from(await value.arrayBuffer()).toString("base64") };
  }
  if (value && typeof value === "object" && "statusCode" in value) return { status: value.statusCode };
  if (Array.isArray(value)) return Promise.all(value.map(shown));
  if (value && value.items) return { ...value, items: await shown(value.items) };
  if (value && value.Content && value.attachments) {
    const found = Object.fromEntries(lazy.map((name) => [name, value[name]]));
    const attachments = value.attachments.map(({ name, type, encoding }) => ({ name, type, encoding }));
    return { ...value, ...found, attachments };
  }
  return value === undefined ? null : value;
}

async function main() {
  console.log = () => {}; // one of them says what it was set to
  const client = await clients[name]();
  const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");
  say(methodsOf(client));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [method, ...words] = JSON.parse(line);
    try {
      const value = method === "visited" ? cy.visited : await client[method](...words);
      say({ value: await shown(value) });
    } catch (error) {
      say({ error: error.message });
    }
  }
  process.exit(); // some leave a timer running
}

// Every method that a user may call.
function methodsOf(client) {
  const names = new Set(Object.keys(client).filter((name) => typeof client[name] === "function"));
  const { constructor } = client;
  if (constructor !== Object) {
    const commands = [
      ...(constructor.parentCypressCommands ?? []),
      ...(constructor.childCypressCommands ?? []),
      ...(constructor.cypressCommands ?? []),
    ];
    const own = Object.getOwnPropertyNames(constructor.prototype).filter((name) => name !== "constructor");
    (commands.length ? commands : own).forEach((name) => names.add(name));
  }
  return [...names].sort();
}

main();

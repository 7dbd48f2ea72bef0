// Stands in for Cypress, as far as its plugins that talk to mail catchers need it: requests go out by fetch,
// what they give is waited for, and a command that fails rejects.
"use strict";

class Chain {
  constructor(value) {
    this.promise = Promise.resolve(value);
    Chain.last = this;
  }

  then(onValue, onError) {
    return new Chain(this.promise.then(onValue, onError));
  }

  its(name) {
    return this.then((value) => value[name]);
  }

  // The assertions that the plugins make themselves.
  should(what, expected) {
    const holds = {
      "not.have.length": ({ length }) => length !== expected,
      "to.have.length.greaterThan": ({ length }) => length > expected,
    }[what];
    return this.then((value) => {
      if (!holds(value)) throw new Error(`expected ${JSON.stringify(value)} ${what} ${expected}`);
      return value;
    });
  }
}

async function request({ method, url, qs, body, auth, headers, failOnStatusCode }) {
  const address = new URL(url);
  for (const [name, value] of Object.entries(qs ?? {})) address.searchParams.set(name, value);
  const sent = new Headers(headers ?? {});
  if (auth) sent.set("Authorization", "Basic " + btoa(`${auth.user}:${auth.pass}`));
  if (body !== undefined) sent.set("Content-Type", "application/json");
  const response = await fetch(address, {
    method,
    headers: sent,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok && failOnStatusCode !== false) throw new Error(`cy.request() failed: ${response.status} ${text}`);
  const isJson = (response.headers.get("Content-Type") ?? "").includes("application/json");
  return { status: response.status, body: isJson ? JSON.parse(text) : text };
}

// *settings* are what a project would write into its Cypress configuration. Returns the commands that a plugin
// adds; one that goes on from another is given what that yielded as its first argument.
function install(settings) {
  const commands = {};
  globalThis.Cypress = {
    expose: (name) => settings[name],
    env: (name) => settings[name],
    config: (name) => ({ defaultCommandTimeout: 2000 })[name],
    Commands: {
      add: (name, ...rest) => {
        // One that returns nothing is over when the last thing that it began is.
        commands[name] = (...words) => rest.at(-1)(...words) ?? Chain.last;
        cy[name] = (...words) => new Chain(commands[name](...words));
      },
    },
  };
  globalThis.cy = {
    request: (options) => new Chain(request(options)),
    wrap: (value) => new Chain(value),
    env: (names) => new Chain(Object.fromEntries(names.map((name) => [name, settings[name]]))),
    wait: (milliseconds) => new Chain(new Promise((resolve) => setTimeout(resolve, milliseconds))),
    visited: [],
    origin: (_, { args }, visit) => visit(args),
    visit: (address) => cy.visited.push(address),
    // Cypress repeats what does not hold yet; here it holds, or the command fails.
    verifyUpcomingAssertions: (value) => value,
  };
  return commands;
}

module.exports = { install };

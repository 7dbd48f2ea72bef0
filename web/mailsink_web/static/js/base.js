// Where mailsink lies: at the root of a server, or below a path there.

const root = new URL("../../..", import.meta.url); // this file is static/VERSION/js/base.js

/** The address of something of mailsink's own; `path` begins with a slash. */
export function at(path) {
  return root.pathname.slice(0, -1) + path;
}

// Each entry tries one way, and gives what it got. What is not let through throws, or tells an event.
const target = TARGET, id = "ID", json = { "Content-Type": "application/json" };
const form = { "Content-Type": "application/x-www-form-urlencoded" };
const text = async (answer) => `${answer.type} ${answer.status} ${await answer.text()}`;
const ask = (path, options) => fetch(target + path, options).then(text);
const put = (name, set, root = document.body) => new Promise((resolve, reject) => {
  const made = Object.assign(document.createElement(name), set);
  made.onload = made.onloadeddata = () => {
    let inside = "";
    try { inside = made.contentDocument?.documentElement?.outerHTML ?? ""; } catch { inside = "closed"; }
    resolve(`loaded ${inside}`);
  };
  made.onerror = reject;
  root.append(made);
});
const open = (made) => new Promise((resolve, reject) => {
  made.onopen = () => resolve("open");
  made.onmessage = (event) => resolve(`told ${event.data}`);
  made.onerror = reject;
});
const ways = {
  "fetch": () => ask("/api/messages"),
  "fetch with cookies": () => ask("/api/messages", { credentials: "include" }),
  "fetch without cors": () => ask("/api/messages", { mode: "no-cors" }),
  "fetch of a page": () => ask("/", { mode: "no-cors" }),
  "fetch of the content": () => ask(`/api/messages/${id}/content`),
  "fetch of a peer": () => ask("/mailpit/api/v1/messages"),
  "fetch of the root's peer": () => ask("/api/v1/messages"),
  "wait": () => ask("/api/wait?timeout=9", { mode: "no-cors" }),
  "xhr": () => new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    asked.onload = () => resolve(asked.responseText);
    asked.onerror = reject;
    asked.open("GET", target + "/api/messages");
    asked.send();
  }),
  "delete": () => ask("/api/messages", { method: "DELETE" }),
  "delete at a peer": () => ask("/mailhog/api/v1/messages", { method: "DELETE" }),
  "patch": () => ask("/api/messages", { method: "PATCH", headers: json, body: '{"q": "is:unread", "read": true}' }),
  "post json": () => ask("/api/faults", { method: "POST", headers: json, body: '{"stage": "data", "action": "reject"}' }),
  "post json as text": () => ask("/api/faults", { method: "POST", mode: "no-cors", body: '{"stage": "data", "action": "reject"}' }),
  "post json as a blob": () => ask("/api/messages", { method: "POST", mode: "no-cors", body: new Blob(["From: a\r\n\r\nb"]) }),
  "post a form": () => ask("/messages", { method: "POST", mode: "no-cors", headers: form, body: `do=delete&ids=${id}` }),
  "post a form that keeps": () => ask("/preferences", { method: "POST", mode: "no-cors", headers: form, body: "theme=dark" }),
  "post to a message": () => ask(`/messages/${id}`, { method: "POST", mode: "no-cors", headers: form, body: "do=star" }),
  "post that outlives the page": () => ask("/messages", { method: "POST", mode: "no-cors", keepalive: true, headers: form, body: "do=delete-all" }),
  "beacon": async () => String(navigator.sendBeacon(target + "/messages", new URLSearchParams({ do: "delete-all" })) && ""),
  "stream": () => open(new EventSource(target + "/api/stream")),
  "stream of a peer": () => open(new EventSource(target + "/maildev/api/stream")),
  "websocket": () => open(new WebSocket(target.replace("http", "ws") + "/mailpit/api/events")),
  "websocket at the root": () => open(new WebSocket(target.replace("http", "ws") + "/api/events")),
  "image": () => put("img", { src: target + "/api/messages" }),
  "image of ours": () => put("img", { src: target + "/static/x/favicon.svg" }),
  "script of json": () => put("script", { src: target + "/api/messages" }),
  "script of ours": () => put("script", { src: target + "/static/x/js/app.js", type: "module" }),
  "import": () => import(target + "/static/x/js/list.js").then(Object.keys),
  "style": () => put("link", { rel: "stylesheet", href: target + "/api/messages" }),
  "preload": () => put("link", { rel: "preload", as: "fetch", href: target + "/api/messages" }),
  "font": () => new FontFace("x", `url(${target}/api/messages)`).load().then(String),
  "video": () => put("video", { src: target + `/api/messages/${id}/content` }),
  "object": () => put("object", { data: target + "/" }),
  "embed": () => put("embed", { src: target + "/", type: "text/html" }),
  "frame": () => put("iframe", { src: target + "/" }),
  "frame of a mail": () => put("iframe", { src: target + `/messages/${id}/preview` }),
  "frame of json": () => put("iframe", { src: target + "/api/messages" }),
  "frame without an origin": () => put("iframe", { src: target + "/", sandbox: "allow-scripts allow-forms" }),
  "worker": () => open(new Worker(target + "/static/x/js/live-worker.js")),
  "shared worker": () => open(new SharedWorker(target + "/static/x/js/live-worker.js")),
  "service worker": () => navigator.serviceWorker.register(target + "/static/x/js/live-worker.js").then(String),
};
const late = () => new Promise((resolve) => setTimeout(resolve, 4000, "nothing came"));
window.got = Promise.all(Object.entries(ways).map(async ([name, way]) => {
  try { return [name, String(await Promise.race([way(), late()]))]; } catch { return [name, "refused"]; }
}));
for (const [number, enctype] of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"].entries()) {
  const frame = Object.assign(document.createElement("iframe"), { name: `f${number}` });
  const made = Object.assign(document.createElement("form"), { method: "post", action: target + "/messages", enctype, target: frame.name });
  made.append(Object.assign(document.createElement("input"), { name: "do", value: "delete-all" }));
  document.body.append(frame, made);
  made.submit();
}

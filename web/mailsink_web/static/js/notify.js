// The browser's own notifications, while no page of ours is in view; off until they are asked for.

import { at } from "./base.js";

const NAME = "mailsink.notify";
const TAG = "mailsink"; // one notification for all tabs, and for a burst

let number = 0; // messages that the notification tells of

/** Tell of a message, unless the page is in view or nobody wants it. */
export function notify(summary) {
  if (!document.hidden || localStorage.getItem(NAME) !== "on" || Notification.permission !== "granted") return;
  number += 1;
  const recipient = summary.envelope.recipients.find((r) => r.reply.code < 400)?.path ?? "nobody";
  const title = number === 1 ? summary.subject || "(no subject)" : `${number} new messages`;
  const shown = new Notification(title, { tag: TAG, body: `to ${recipient}` });
  shown.addEventListener("click", () => {
    window.focus();
    location.assign(at(number === 1 ? `/messages/${encodeURIComponent(summary.id)}` : "/"));
  });
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) number = 0;
});

/** Let a tick box switch them on, if the browser lets it. */
export function enableNotifying(box) {
  const hint = document.querySelector("[data-notify-hint]");
  const look = () => {
    const refused = !("Notification" in window) || Notification.permission === "denied";
    box.disabled = refused;
    box.checked = !refused && localStorage.getItem(NAME) === "on" && Notification.permission === "granted";
    hint.textContent = refused ? "This browser does not let this page notify you. Allow it in the settings of the site." : "";
  };
  box.addEventListener("change", async () => {
    if (box.checked && Notification.permission !== "granted") await Notification.requestPermission();
    localStorage.setItem(NAME, box.checked && Notification.permission === "granted" ? "on" : "off");
    look();
  });
  look();
}

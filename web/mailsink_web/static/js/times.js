// Times in the browser's zone. The server writes UTC, and the whole instant into `datetime`.

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const full = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", year: "numeric",
  hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, timeZoneName: "short",
});
const dayName = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });

/** Rewrite every time below `root`, and the days of every list below it. */
export function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    time.title = full.format(moment);
    time.textContent = "full" in time.dataset ? full.format(moment) : clock.format(moment);
  }
  for (const list of root.querySelectorAll("[data-list]")) nameDays(list);
}

/** `14:32:07`, now. */
export function now() {
  return clock.format(new Date());
}

/** Put a line with the day's name before the first row of each day, and drop gaps that part nothing. */
export function nameDays(list) {
  for (const line of list.querySelectorAll(".gap.is-day")) line.remove();
  let above = "";
  for (const row of [...list.querySelectorAll(".row")]) {
    const moment = new Date(row.querySelector("time").dateTime);
    const day = moment.toDateString();
    if (day !== above) {
      while (row.previousElementSibling?.matches(".gap")) row.previousElementSibling.remove();
      const line = document.createElement("li");
      line.className = "gap is-day";
      line.textContent = nameOf(moment);
      row.before(line);
    }
    above = day;
  }
  for (const gap of list.querySelectorAll(".gap")) {
    if (!gap.nextElementSibling?.matches(".row")) gap.remove();
  }
}

function nameOf(moment) {
  const today = new Date();
  const yesterday = new Date(today);
  yesterday.setDate(today.getDate() - 1);
  let name = dayName.format(moment);
  if (moment.getFullYear() !== today.getFullYear()) name += ` ${moment.getFullYear()}`;
  if (moment.toDateString() === today.toDateString()) return `Today, ${name}`;
  return moment.toDateString() === yesterday.toDateString() ? `Yesterday, ${name}` : name;
}

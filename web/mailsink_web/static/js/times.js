// Times in the zone that was chosen, else in the browser's. The server writes the whole instant into `datetime`.

const page = document.documentElement.dataset;
const STEPS = [[60, "s"], [60, "min"], [24, "h"], [7, "d"]];

let clock, full, dayName, dayKey;

/** Read the chosen zone again. */
export function readZone() {
  const timeZone = known(page.zone);
  const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone };
  const day = { day: "numeric", month: "long", timeZone };
  clock = new Intl.DateTimeFormat("en-GB", time);
  full = new Intl.DateTimeFormat("en-GB", {
    ...time, ...day, month: "short", year: "numeric", fractionalSecondDigits: 3, timeZoneName: "short",
  });
  dayName = new Intl.DateTimeFormat("en-GB", day);
  dayKey = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone });
}

/** The zone's name, if this browser knows it too. */
function known(zone) {
  try {
    return zone && new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

readZone();

/** Rewrite every time below `root`, and the days of every list below it. */
export function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]")) write(time);
  for (const list of root.querySelectorAll("[data-list]")) nameDays(list);
}

/** Keep "3 min ago" right while the page stays open; the title of a time is written when it is pointed at. */
export function enableTimes() {
  setInterval(() => {
    if (document.hidden || page.times !== "ago") return;
    for (const time of document.querySelectorAll(".row-time")) write(time);
  }, 15_000);
  document.addEventListener("pointerover", (event) => {
    const time = event.target.closest?.("time[datetime]");
    if (time) time.title = `${full.format(new Date(time.dateTime))}, ${ago(new Date(time.dateTime))}`;
  });
}

function write(time) {
  const moment = new Date(time.dateTime);
  time.title = full.format(moment);
  if ("full" in time.dataset) time.textContent = full.format(moment);
  else if (page.times === "ago" && time.matches(".row-time")) time.textContent = ago(moment);
  else time.textContent = clock.format(moment);
}

/** `12 s ago`, `3 min ago`, `2 h ago`, `4 d ago`, then the day. */
function ago(moment) {
  let span = Math.max(0, (Date.now() - moment) / 1000);
  for (const [most, unit] of STEPS) {
    if (span < most) return `${Math.floor(span)} ${unit} ago`;
    span /= most;
  }
  return dayName.format(moment);
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
    const day = dayKey.format(moment);
    if (day !== above) {
      while (row.previousElementSibling?.matches(".gap")) row.previousElementSibling.remove();
      const line = document.createElement("li");
      line.className = "gap is-day";
      line.textContent = nameOf(moment, day);
      row.before(line);
    }
    above = day;
  }
  for (const gap of list.querySelectorAll(".gap")) {
    if (!gap.nextElementSibling?.matches(".row")) gap.remove();
  }
}

function nameOf(moment, day) {
  const today = new Date();
  let name = dayName.format(moment);
  if (day.slice(0, 4) !== dayKey.format(today).slice(0, 4)) name += ` ${day.slice(0, 4)}`;
  if (day === dayKey.format(today)) return `Today, ${name}`;
  return day === dayKey.format(today - 86_400_000) ? `Yesterday, ${name}` : name;
}

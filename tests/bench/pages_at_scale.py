"""How soon the inbox answers, and is there to be used, over a file that holds very many messages.

    python tests/bench/pages_at_scale.py FILE [NUMBER]

FILE is one that search_at_scale.py filled; a copy of it is served, by a process of its own. Prints
milliseconds: of each page over a kept connection, alone and while 100 streams are open, and of Chromium from
the beginning of a navigation until the first rows are painted and the scripts have run, with an empty cache.
Wants a quiet machine. The targets at 1,000,000: under 50 ms at p95 for the inbox, under 500 ms in Chromium.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

CHROMIUM = os.environ.get("MAILSINK_CHROMIUM", "/usr/bin/chromium")
NUMBER = 200
STREAMS = 100
# What is asked for; {cursor} begins the second page, {id} is the newest message.
PAGES = {
    "inbox": "/",
    "inbox, second page": "/?before={cursor}",
    "inbox, unread": "/?q=is%3Aunread",
    "inbox, a word in every subject": "/?q=subject%3Aorder",
    "inbox, one sender": "/?q=from%3Anoreply7%40",
    "message": "/messages/{id}",
    "rows": "/rows?section=inbox",
    "API, list": "/api/messages",
}
# When rows were painted first, and when the scripts had run, in milliseconds after the navigation began.
TIMES = """async () => {
  const paint = await new Promise((resolve) => {
    new PerformanceObserver((list) => {
      const first = list.getEntriesByName("first-contentful-paint")[0];
      if (first) resolve(first);
    }).observe({ type: "paint", buffered: true });
  });
  const [navigation] = performance.getEntriesByType("navigation");
  return [paint.startTime, navigation.domContentLoadedEventEnd, document.querySelectorAll(".row").length];
}"""


@contextlib.contextmanager
def serving(store: Path) -> Iterator[str]:
    """The address of a server over *store* that is a process of its own."""
    with tempfile.TemporaryDirectory() as directory:
        ready = Path(directory) / "ready.json"
        command = [
            sys.executable,
            "-m",
            "mailsink",
            "serve",
            "--smtp",
            "0",
            "--http",
            "0",
            "--store",
            str(store),
        ]
        process = subprocess.Popen([*command, "--ready-file", str(ready)], stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("Stop with"):
                    break
            yield json.loads(ready.read_text("utf-8"))["http"]
        finally:
            process.terminate()
            process.communicate()


def times(url: str, path: str, number: int) -> list[float]:
    """The milliseconds of each of *number* answers, over one kept connection, sorted."""
    where = urlsplit(url)
    took = []
    with contextlib.closing(http.client.HTTPConnection(where.hostname or "", where.port)) as connection:
        for _ in range(number):
            began = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            took.append((time.perf_counter() - began) * 1000)
            assert answer.status == 200, f"{path}: {answer.status}"
    return sorted(took)


def paths(url: str) -> dict[str, str]:
    """The pages, with what is there put into their addresses."""
    where = urlsplit(url)
    with contextlib.closing(http.client.HTTPConnection(where.hostname or "", where.port)) as connection:
        connection.request("GET", "/api/messages?limit=50")
        page = json.load(connection.getresponse())
    words = {"cursor": page["next"] or "", "id": page["messages"][0]["id"]}
    return {name: path.format(**words) for name, path in PAGES.items()}


@contextlib.contextmanager
def streams(url: str, number: int) -> Iterator[None]:
    """*number* streams, open."""
    where = urlsplit(url)
    with contextlib.ExitStack() as stack:
        for _ in range(number):
            connection = http.client.HTTPConnection(where.hostname or "", where.port)
            stack.callback(connection.close)
            connection.request("GET", "/api/stream")
            answer = connection.getresponse()
            stack.callback(answer.close)
            answer.readline()
        yield


def in_chromium(url: str, number: int) -> tuple[list[float], list[float]]:
    """For each of *number* first visits: when rows were painted, and when the scripts had run; sorted."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        painted, usable = [], []
        for _ in range(number):
            context = browser.new_context()
            page = context.new_page()
            page.goto(url)
            paint, ran, rows = page.evaluate(TIMES)
            assert rows, "the page shows no rows"
            painted.append(paint)
            usable.append(max(paint, ran))
            context.close()
        browser.close()
    return sorted(painted), sorted(usable)


def line(name: str, took: list[float]) -> str:
    """A line of the table: p50, p95 and the most of sorted times."""
    p95 = took[min(len(took) - 1, int(len(took) * 0.95))]
    return f"{name:<34}{statistics.median(took):>9.1f}{p95:>9.1f}{took[-1]:>9.1f}"


def main(file: Path, number: int) -> None:
    with tempfile.TemporaryDirectory(dir=file.parent) as directory:
        copy = Path(shutil.copy(file, directory))
        with serving(copy) as url:
            print(f"{'':<34}{'p50':>9}{'p95':>9}{'most':>9}   ms, {number} each")
            asked = paths(url)
            for name, path in asked.items():
                times(url, path, 3)
                print(line(name, times(url, path, number)), flush=True)
            with streams(url, STREAMS):
                print(line(f"inbox, {STREAMS} streams open", times(url, "/", number)), flush=True)
            painted, usable = in_chromium(url, max(5, number // 10))
            print(line("Chromium, rows painted", painted))
            print(line("Chromium, usable", usable))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else NUMBER)

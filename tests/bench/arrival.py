"""How soon a mail stands in an open page: from its 250 until Chromium has its row.

    python tests/bench/arrival.py [NUMBER]

Page and client share a machine, so that they share a clock. Prints milliseconds.
"""

from __future__ import annotations

import os
import smtplib
import statistics
import sys
import time
from email.message import EmailMessage

from playwright.sync_api import sync_playwright

from mailsink.sink import Sink
from mailsink_web.server import serve

CHROMIUM = os.environ.get("MAILSINK_CHROMIUM", "/usr/bin/chromium")
# Notes when each subject came into the list, in milliseconds since 1970.
WATCH = """() => {
  window.came = {};
  new MutationObserver((changes) => {
    for (const row of changes.flatMap((change) => [...change.addedNodes])) {
      const subject = row.querySelector?.(".row-link bdi")?.textContent;
      if (subject) window.came[subject] ??= performance.timeOrigin + performance.now();
    }
  }).observe(document.querySelector("[data-list]"), { childList: true });
}"""


def measure(number: int) -> list[float]:
    """The milliseconds of *number* mails, sent one after another."""
    with Sink() as sink, serve(sink, port=0) as web, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with smtplib.SMTP(sink.host, sink.port) as client:
            client.send_message(_mail("First"))
            page = browser.new_page()
            page.goto(web.url)
            page.wait_for_selector("[data-live=on]", state="attached")
            page.evaluate(WATCH)
            sent = {}
            for count in range(number):
                subject = f"Mail {count}"
                client.send_message(_mail(subject))
                sent[subject] = time.time() * 1000
                page.wait_for_function("subject => came[subject]", arg=subject)
            came = page.evaluate("came")
        browser.close()
    return sorted(came[subject] - at for subject, at in sent.items())


def _mail(subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "shop@example.com", "ada@example.org", subject
    mail.set_content("Hi")
    return mail


if __name__ == "__main__":
    took = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    p95 = took[int(len(took) * 0.95)]
    print(
        f"{len(took)} mails: p50 {statistics.median(took):.0f} ms, p95 {p95:.0f} ms, most {took[-1]:.0f} ms"
    )

"""What the first visitor would wait for, done ahead: the templates compiled, the kept sessions judged.

Knows no sockets.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from mailsink.sink import Sink

    from .judgements import Judgements

__all__ = ["Warming"]

# Seconds without anything new after which it goes on: whoever sends mail comes first.
QUIET = 0.2


class Warming:
    """A thread that prepares the pages of *app*, from its making on, while no mail comes; `close` it."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        sink: Sink = app.extensions["mailsink"]
        self._events = sink.events
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mailsink-warming", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until all is prepared."""
        self._thread.join()

    def close(self) -> None:
        """Stop before the next step, and wait for the present one. Safe to call twice."""
        self._stop.set()
        self.wait()

    def _run(self) -> None:
        seen = self._events.number
        for _ in self._steps():
            while seen != self._events.number and not self._stop.is_set():
                seen = self._events.number
                self._stop.wait(QUIET)
            if self._stop.is_set():
                break

    def _steps(self) -> Iterator[None]:
        # The list comes first, since the first page is the inbox.
        names = self._app.jinja_env.list_templates()
        for name in sorted(names, key=lambda name: name != "inbox.html"):
            self._app.jinja_env.get_template(name)
            yield
        judgements: Judgements = self._app.extensions["mailsink_judgements"]
        judgements.failed()
        yield

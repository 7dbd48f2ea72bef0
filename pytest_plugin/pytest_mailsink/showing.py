"""The inbox page of a run: served beside the tests, and kept open while somebody looks at it.

Imported for ``--mailsink-ui`` and ``mailsink.pause()``; the only module here that knows of web pages.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from mailsink.testing import Mailsink, RemoteServer, Server

if TYPE_CHECKING:
    from mailsink_web.server import WebServer

__all__ = ["Showing"]


class Showing:
    """A plugin that serves the pages of *server*; with *always* they stay until Enter when a test failed."""

    def __init__(self, config: pytest.Config, server: Server | RemoteServer, *, always: bool) -> None:
        self._config = config
        self._always = always
        # By the test's name: the inbox that its mail is kept in.
        self._failed: dict[str, str] = {}
        self._web: WebServer | None = None
        if isinstance(server, Server):
            from mailsink_web.server import serve

            self._web = serve(server, port=0)
            self._url = self._web.url
        else:
            self._url = server.url

    def close(self) -> None:
        """Serve no more."""
        if self._web is not None:
            self._web.close()

    def url(self, inbox: str) -> str:
        """Where the page of an inbox is."""
        return f"{self._url}/?inbox={quote(inbox, safe='')}"

    def keep(self, mailsink: Mailsink) -> None:
        """Have the mail of a failed test kept, and remember where."""
        mailsink.keep = True
        self._failed[mailsink.name] = mailsink.kept_in

    def pause(self, mailsink: Mailsink) -> None:
        """Show what came so far, and go on when Enter is pressed."""
        self._wait(
            [f"The mail of {mailsink.name} so far:", f"  {self.url(mailsink.inbox.name or '')}"], "go on"
        )

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self) -> None:
        """Keep the pages open for who wants to see why a test failed."""
        if self._always and self._failed:
            found = sorted(self._failed.items())
            lines = [line for name, inbox in found for line in (f"  {name}", f"    {self.url(inbox)}")]
            self._wait(["The mail of the tests that failed:", *lines], "end the run")

    def _wait(self, lines: list[str], what: str) -> None:
        with self._uncaptured():
            print(*("", *lines, f"Press Enter to {what}."), sep="\n", file=sys.stdout, flush=True)  # noqa: T201
            sys.stdin.readline()

    @contextlib.contextmanager
    def _uncaptured(self) -> Iterator[None]:
        capture = self._config.pluginmanager.getplugin("capturemanager")
        if capture is None:
            yield
            return
        capture.suspend(in_=True)
        try:
            yield
        finally:
            capture.resume()

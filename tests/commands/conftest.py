from __future__ import annotations

import os
import sys

import pytest
from sending import mail, send
from sinks import sink, web

from mailsink import cli

__all__ = ["sink", "web"]


@pytest.fixture
def put(sink):
    """Send a mail, and return its message."""

    def put(subject="Hello", text="Hi", content=None):
        send((sink.host, sink.port), content or mail(subject, text))
        return sink.inbox.get("latest")

    return put


@pytest.fixture
def command(web, monkeypatch, capfd, tmp_path):
    """Run mailsink with MAILSINK_URL set; returns the exit code and what was said on both streams.

    In this process: another would cost half a second each time.
    """
    for name in os.environ:
        if name.startswith("MAILSINK_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MAILSINK_URL", web.url)

    def command(*arguments, stdin=b""):
        file = tmp_path / "stdin"
        file.write_bytes(stdin)
        monkeypatch.setattr(sys, "argv", ["mailsink", *map(str, arguments)])
        with file.open() as stream:
            monkeypatch.setattr(sys, "stdin", stream)
            with pytest.raises(SystemExit) as ended:
                cli.main()
        return (ended.value.code or 0, *capfd.readouterr())

    return command

"""Programs that know nothing but to call sendmail are given ours, by the lines of docs/cli.md."""

from __future__ import annotations

import shlex
import sys

import pytest
from programs import lack, need, run

from mailsink import Sink

SENDMAIL = f"{shlex.quote(sys.executable)} -m mailsink sendmail"


@pytest.fixture
def sink():
    with Sink() as sink:
        yield sink


@pytest.fixture
def call(sink, tmp_path):
    """Run a program whose mail goes to the sink, without knowing where that is."""
    address = f"{sink.host}:{sink.port}"
    return lambda *command: run(command, home=tmp_path, MAILSINK_SMTP=address)


def test_php_sends_by_it(call, sink):
    need("php")
    words = r'"ada@example.org", "Hello", "Hi\n.\nBye", "Bcc: audit@example.org", "-fme@example.org"'

    done = call("php", "-d", f"sendmail_path={SENDMAIL} -t -i", "-r", f"exit(mail({words}) ? 0 : 1);")

    assert done.code == 0, done.said
    message = sink.inbox.expect(sender="me@example.org", bcc="audit@example.org")
    assert message.text == "Hi\n.\nBye\n"


def test_git_sends_a_patch_by_it(call, sink, tmp_path):
    need("git")
    patch = tmp_path / "1.patch"
    patch.write_text(
        f"From {'0' * 40} Mon Sep 17 00:00:00 2001\nFrom: Ada <ada@example.org>\n"
        "Date: Tue, 24 Nov 2026 09:30:00 +0000\nSubject: [PATCH] Say hello\n\n---\n"
    )
    words = ("--confirm=never", "--from=ada@example.org", "--to=bob@example.org", str(patch))

    done = call("git", "send-email", f"--sendmail-cmd={SENDMAIL}", *words)

    if "not a git command" in done.said or "Mail::Address" in done.said:
        lack("git send-email is not installed; `make packages` installs it or says how.")
    assert done.code == 0, done.said
    assert sink.inbox.expect(subject="[PATCH] Say hello", rcpt="bob@example.org")

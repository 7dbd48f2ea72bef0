from __future__ import annotations

import os
import pty
import subprocess

import pytest
from messages import message
from serving import COMMAND, environment

from mailsink.commands.telling import line


def test_a_line_names_the_first_recipients():
    summary = message(rcpt=[f"r{n}@example.org" for n in range(5)], reverse_path="", subject="Digest").summary

    said = line(summary)

    assert said.startswith(summary.id)
    assert said.endswith("<> -> r0@example.org, r1@example.org, r2@example.org and 2 more  'Digest'")


def test_a_line_can_be_printed_whatever_was_sent():
    said = line(
        message(rcpt=[], reverse_path="a\x1b[2J@x.example", octets=b"Subject: a\x1b[2Jb\r\n\r\n").summary
    )

    assert said.isprintable()
    assert "-> nobody" in said


@pytest.mark.skipif(not hasattr(pty, "openpty"), reason="needs a pseudo-terminal")
def test_a_text_does_not_command_the_terminal(put, web):
    put("One", "a\x1b[2Jb")
    ours, theirs = pty.openpty()
    subprocess.run(
        [*COMMAND, "show", "--print", "text"],
        env=environment(MAILSINK_URL=web.url),
        stdout=theirs,
        check=True,
    )
    os.close(theirs)

    said = os.read(ours, 10_000)
    os.close(ours)

    assert b"\x1b" not in said
    assert b"a\\x1b[2Jb" in said

from __future__ import annotations

import os
import subprocess
import sys

from serving import environment

from mailsink.commands.output import CommandError

SAYS = "from mailsink.commands.output import say; say({!r}, err={}); say('more', err={})"


def test_a_sentence_is_a_line(capsys):
    done = subprocess.run(
        [sys.executable, "-c", SAYS.format("Hello", False, True)],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )

    assert (done.stdout, done.stderr) == ("Hello\n", "more\n")


def test_a_reader_that_has_gone_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", SAYS.format("x" * 100_000, False, False)],
        env=environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, b"")


def test_an_error_has_its_exit_code():
    assert (CommandError("a").code, CommandError("a", code=130).code) == (1, 130)

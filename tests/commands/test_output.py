from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from serving import environment

from mailsink.commands.output import CommandError

FULL = Path("/dev/full")
TRIES = """
from mailsink.commands.output import *
try:
    {}
except CommandError as error:
    raise SystemExit(str(error))
"""
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


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is full")
@pytest.mark.parametrize("words", ["say('x')", "say_octets(b'x')"])
def test_what_cannot_be_written_is_an_error(words):
    code = TRIES.format(words)
    with FULL.open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
        )

    assert (done.returncode, done.stderr) == (
        1,
        "the output cannot be written: No space left on device\n",
    )


def test_an_error_has_its_exit_code():
    assert (CommandError("a").code, CommandError("a", code=130).code) == (1, 130)

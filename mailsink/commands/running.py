"""A command as a child process: what its environment says, signals passed on, its exit code.

Prints nothing.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from ..environment import trust_variables, variables
from .output import CommandError
from .place import reached

if TYPE_CHECKING:
    from ..settings import Settings
    from ..sink import Sink

__all__ = ["environment_of", "run_command", "sendmail_in"]

# As a shell says it: the command is not there, or cannot be run.
NOT_FOUND, NOT_RUN = 127, 126
_PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")


def environment_of(sink: Sink, settings: Settings, url: str) -> dict[str, str]:
    """What tells a command of *sink* and of its inbox at *url*."""
    listener = next((one for one in sink.listeners if one.port and not one.policy.lmtp), None)
    found = {"MAILSINK_URL": url} | ({"MAILSINK_TOKEN": settings.token[0]} if settings.token else {})
    if listener is not None:
        # Where any login will do, one is needed only if it is asked for.
        any_login = ("mailsink", "mailsink") if listener.policy.require_auth else ("", "")
        user, password = (*settings.auth, any_login)[0]
        host = reached(listener.host)
        found |= variables(host, listener.port, user=user, password=password, tls=listener.tls)
        if listener.tls != "none":
            found |= trust_variables(str(sink.certificates.bundle_file()))
    return found


@contextlib.contextmanager
def sendmail_in(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """*environment* with a ``sendmail`` that comes first in the PATH, and sends to mailsink."""
    with tempfile.TemporaryDirectory(prefix="mailsink-") as directory:
        program = Path(directory, "sendmail")
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m mailsink sendmail "$@"\n')
        program.chmod(0o755)
        path = os.pathsep.join(filter(None, [directory, environment.get("PATH", os.defpath)]))
        yield {**environment, "PATH": path}


def run_command(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run *command* to its end and return its exit code, 128 and the signal's number where one ended it.

    Signals that come in the meantime are passed on. Raises CommandError where it cannot be run.
    """
    waiting = _Child()
    with waiting.signals_passed_on():
        try:
            process = subprocess.Popen(command, env=environment)  # noqa: S603 - the user's own
        except FileNotFoundError:
            raise CommandError(
                f"{command[0]} is not there; name a program that is in the PATH", code=NOT_FOUND
            ) from None
        except OSError as error:
            raise CommandError(f"{command[0]} cannot be run: {error.strerror}", code=NOT_RUN) from None
        waiting.begin(process)
        code = process.wait()
    return code if code >= 0 else 128 - code


class _Child:
    """Takes this process's signals for a child's, from before it is there."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def begin(self, process: subprocess.Popen[bytes]) -> None:
        """From now on there is a child; it gets what came too early."""
        self._process = process
        for number in self._early:
            process.send_signal(number)

    @contextlib.contextmanager
    def signals_passed_on(self) -> Iterator[None]:
        numbers = [getattr(signal, name) for name in _PASSED_ON if hasattr(signal, name)]
        old = {number: signal.signal(number, self._on_signal) for number in numbers}
        try:
            yield
        finally:
            for number, handler in old.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if number in (signal.SIGINT, getattr(signal, "SIGQUIT", None)) and _is_in_the_foreground():
            # The terminal tells every process of the foreground itself.
            return
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)


def _is_in_the_foreground() -> bool:
    try:
        return os.getpgrp() == os.tcgetpgrp(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):
        return False

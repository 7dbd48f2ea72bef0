"""Refuses, in this process, mail that is on its way to another server than the sink, before a byte is sent.

Listens to Python's audit events, which tell of every connection whatever library makes it: those of smtplib
by name, others by the ports at which mail is taken. Cannot see other processes, nor C code's own sockets.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from ..display import safe
from ..errors import GuardError

__all__ = ["Guard", "Stray", "told"]

# Where servers take mail: RFC 5321 (25), RFC 8314 (465), RFC 6409 (587); by habit 2525, and 1025 of catchers.
PORTS = frozenset((25, 465, 587, 1025, 2525))
# Code in which nobody looks for a mistake of their own.
_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
_MAILSINK = str(Path(__file__).parents[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """Somebody who wanted to talk SMTP to *host* and *port*; *place* is the line of code."""

    host: str
    port: int
    place: str

    @property
    def where(self) -> str:
        return f"{safe(self.host)}:{self.port}"


class Guard:
    """Refuses connections by SMTP to anything but the sink while it is active, and remembers them.

    *takes* says whether the sink listens at a host and port. Safe from any thread.
    """

    def __init__(self, takes: Callable[[str, int], bool]) -> None:
        self.active = False
        self.strays: list[Stray] = []
        self._takes = takes
        self._allowed: set[tuple[str, int]] = set()

    def allow(self, host: str, port: int) -> None:
        """Let mail go to *host* and *port* too, until the run ends."""
        self._allowed.add((host.lower(), port))

    def take(self) -> list[Stray]:
        """The strays since the last call, each once."""
        strays, self.strays = self.strays, []
        return list(dict.fromkeys(strays))

    def start(self) -> None:
        """Be asked from now on about every connection of this process."""
        _ask(self)

    def stop(self) -> None:
        """Be asked no more."""
        _asked.discard(self)

    def check(self, host: str, port: int) -> None:
        """Raise GuardError unless mail may go there."""
        if not self.active or (host.lower(), port) in self._allowed or self._takes(host, port):
            return
        stray = Stray(host=host, port=port, place=_place(sys._getframe(1)))
        self.strays.append(stray)
        raise GuardError(f"SMTP to {stray.where} is refused: it is not the sink")


def told(strays: list[Stray]) -> str:
    """What *strays* did, and what to do, for people; ``""`` where there are none."""
    if not strays:
        return ""
    lines = ["mail was on its way past the sink:"]
    for number, stray in enumerate(strays, 1):
        lines += [f"{number:3}. SMTP to {stray.where}", f"       {stray.place}"]
    first = strays[0]
    lines.append(
        "point it at mailsink.host and mailsink.port, "
        f"or allow it: mailsink_guard.allow({first.host!r}, {first.port})"
    )
    return "\n".join(lines)


# A hook for audit events cannot be taken out again: there is one for all guards.
_asked: set[Guard] = set()
_hooked: list[Callable[[str, tuple[Any, ...]], None]] = []


def _ask(guard: Guard) -> None:
    _asked.add(guard)
    if not _hooked:
        _hooked.append(_hear)
        sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if not _asked:
        return
    if event == "smtplib.connect":
        _, host, port = arguments
    elif event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][1] in PORTS:
        host, port = arguments[1][:2]
    else:
        return
    for guard in tuple(_asked):
        guard.check(str(host), int(port))


def _place(frame: FrameType | None) -> str:
    """The line that is the caller's own: of the frames below *frame* the innermost outside of libraries."""
    nearest = ""
    while frame is not None:
        file = frame.f_code.co_filename
        nearest = f"{Path(file).name}:{frame.f_lineno}, in {frame.f_code.co_name}"
        if not file.startswith((*_LIBRARIES, _MAILSINK, "<")):
            return nearest
        frame = frame.f_back
    return nearest

"""The event loop that listeners run on: uvloop's where it is installed, else asyncio's own.

Knows no listener.
"""

from __future__ import annotations

import asyncio
import os
import time

from ..clock import real
from ..errors import StartError

__all__ = ["VARIABLE", "name_of", "new_loop"]

VARIABLE = "MAILSINK_LOOP"


def new_loop() -> asyncio.AbstractEventLoop:
    """A new event loop, of the kind that the variable ``MAILSINK_LOOP`` asks for: ``asyncio`` or ``uvloop``.

    Without it uvloop is taken where it can be imported. Raises StartError where the variable asks for what
    cannot be had. ``PYTHONASYNCIODEBUG`` alone makes it tell of itself, Python's ``-X dev`` does not.
    """
    loop = _loop_of(os.environ.get(VARIABLE, ""))
    if not os.environ.get("PYTHONASYNCIODEBUG"):
        # Who develops an application wants to hear of its loops: that a handshake fails here is no news.
        loop.set_debug(False)
    return loop


def _loop_of(wanted: str) -> asyncio.AbstractEventLoop:
    if wanted not in ("", "asyncio", "uvloop"):
        raise StartError(f"{VARIABLE}={wanted}: no such event loop; set it to asyncio or uvloop, or unset it")
    if wanted != "asyncio":
        try:
            import uvloop
        except ImportError as error:
            if wanted:
                raise StartError(
                    f"{VARIABLE}=uvloop: {error}; install mailsink with the extra [fast], or unset it"
                ) from None
        else:
            return uvloop.new_event_loop()
    loop = asyncio.new_event_loop()
    # Not `monotonic`: asked at every step of the loop.
    loop.time = real(time, "monotonic")  # type: ignore[method-assign]
    return loop


def name_of(loop: asyncio.AbstractEventLoop) -> str:
    """``"asyncio"``, or ``"uvloop"`` with its version."""
    if type(loop).__module__.partition(".")[0] != "uvloop":
        return "asyncio"
    import uvloop

    return f"uvloop {vars(uvloop)['__version__']}"

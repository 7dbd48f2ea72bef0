"""What a browser chose for itself: theme, density, time zone, and how lists tell the time.

Kept in its cookies and nowhere else. The server writes the choices into the page, so that nothing changes
its look while it loads, and without a script they hold too.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from flask import has_request_context, request
from werkzeug import Response

from .addresses import at

__all__ = ["CHOICES", "Preferences", "keep", "preferences", "zones"]

CHOICES = {
    "theme": ("auto", "light", "dark"),
    "density": ("dense", "roomy"),
    "times": ("clock", "ago"),
}
"""Each preference that has a few values, the first being what holds when nothing was chosen."""

_YEAR = 31_536_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The choices. *zone* is a name of the IANA database, or ``""``: the browser's own."""

    theme: str = "auto"
    density: str = "dense"
    times: str = "clock"
    zone: str = ""

    @property
    def tzinfo(self) -> dt.tzinfo:
        """The zone that the server writes times in; where the browser's own is wanted, the script does."""
        return dt.UTC if self.zone in ("", "UTC") else ZoneInfo(self.zone)


def preferences() -> Preferences:
    """The choices of the browser that asks; outside of a request what holds for everybody."""
    if not has_request_context():
        return Preferences()
    chosen = {}
    for name, values in CHOICES.items():
        value = request.cookies.get(_cookie(name), "")
        chosen[name] = value if value in values else values[0]
    zone = request.cookies.get(_cookie("zone"), "")
    return Preferences(**chosen, zone=zone if zone and zone in zones() else "")


def keep(response: Response, name: str, value: str) -> bool:
    """Let *response* keep a choice; false, and nothing is kept, when there is no such one."""
    if value not in (("", *zones()) if name == "zone" else CHOICES.get(name, ())):
        return False
    response.set_cookie(
        _cookie(name),
        value,
        max_age=_YEAR,
        path=at("/"),
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return True


@cache
def zones() -> frozenset[str]:
    """The names of the time zones that this machine knows."""
    return frozenset({"UTC", *available_timezones()})


def _cookie(name: str) -> str:
    return f"mailsink_{name}"

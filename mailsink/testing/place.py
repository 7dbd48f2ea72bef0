"""Where an application is to send its mail, and how: one frozen value."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Place"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An SMTP server. *user* is ``""`` where nobody is to log in; *tls* is none, starttls or implicit."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: str = "none"

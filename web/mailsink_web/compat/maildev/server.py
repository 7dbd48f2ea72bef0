"""What MailDev says of itself."""

from __future__ import annotations

from typing import Any

import mailsink

from ...context import sink
from .shared import route

__all__: list[str] = []


@route("GET", "/config")
def config() -> dict[str, Any]:
    ports = [listener.port for listener in sink().listeners]
    return {
        "version": f"mailsink {mailsink.__version__}",
        "smtpPort": ports[0] if ports else 0,
        "isOutgoingEnabled": False,
        "outgoingHost": None,
    }


@route("GET", "/healthz")
def healthz() -> bool:
    return True


@route("GET", "/reloadMailsFromDirectory")
def reload() -> bool:
    # There is no directory; and nothing that GET does changes anything.
    return True

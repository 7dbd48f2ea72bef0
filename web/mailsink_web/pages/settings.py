"""Settings: what this browser chose, and the form that changes it. Nothing of it needs a restart."""

from __future__ import annotations

from flask import redirect, request

from .. import preferences
from .errors import refuse
from .routes import Answer, Routes
from .scope import local_path
from .shell import page

__all__ = ["routes"]

routes = Routes()

NAMES = (*preferences.CHOICES, "zone")


@routes.get("/settings")
def settings() -> Answer:
    """Theme, density, time zone, and what the script adds to them."""
    return page("settings.html", section="settings")


@routes.post("/preferences")
def change_preferences() -> Answer:
    """Keep what the form names in cookies, and come back."""
    response = redirect(local_path(request.form.get("back", "")), 303)
    for name in NAMES:
        value = request.form.get(name)
        if value is not None and not preferences.keep(response, name, value.strip()):
            hint = "Choose one that the list offers, such as Europe/Berlin." if name == "zone" else ""
            return refuse(400, f"{name} cannot be {value[:40]!r}.", hint=hint)
    return response

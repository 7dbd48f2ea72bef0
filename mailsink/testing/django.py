"""Points Django at a server, whatever its test runner has set, and back again.

The only home of Django; imported where Django is configured.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

from .place import Place

__all__ = ["configure_django", "is_django_configured"]

_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


def is_django_configured() -> bool:
    """Whether this process uses Django and has settings. Loads nothing."""
    conf = sys.modules.get("django.conf")
    return conf is not None and bool(conf.settings.configured)


def configure_django(place: Place) -> Callable[[], None]:
    """Make Django send to *place*; what is returned puts it back as it was.

    Test runners send to memory. Where ``MAILERS`` is set (Django 6.1) each of its aliases is pointed here,
    else ``EMAIL_*`` is.
    """
    from django.conf import settings
    from django.test.utils import override_settings

    mailers = getattr(settings, "MAILERS", None)
    values = _email(place) if mailers is None else {"MAILERS": _mailers(mailers, place)}
    override = override_settings(**values)
    with warnings.catch_warnings():
        # What is deprecated in EMAIL_* is the project's to change, and Django tells it at start.
        warnings.simplefilter("ignore")
        override.enable()

    def undo() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            override.disable()

    return undo


def _email(place: Place) -> dict[str, Any]:
    return {
        "EMAIL_BACKEND": _BACKEND,
        "EMAIL_HOST": place.host,
        "EMAIL_PORT": place.port,
        "EMAIL_HOST_USER": place.user,
        "EMAIL_HOST_PASSWORD": place.password,
        "EMAIL_USE_TLS": place.tls == "starttls",
        "EMAIL_USE_SSL": place.tls == "implicit",
        "EMAIL_SSL_CERTFILE": None,
        "EMAIL_SSL_KEYFILE": None,
    }


def _mailers(mailers: dict[str, Any], place: Place) -> dict[str, Any]:
    options: dict[str, Any] = {
        "host": place.host,
        "port": place.port,
        "use_tls": place.tls == "starttls",
        "use_ssl": place.tls == "implicit",
    }
    if place.user:
        options |= {"username": place.user, "password": place.password}
    return {alias: {"BACKEND": _BACKEND, "OPTIONS": dict(options)} for alias in mailers}

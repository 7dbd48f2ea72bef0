"""Points Django at a server, whatever its test runner has set, and back again.

The only home of Django; imported where Django is configured.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from .place import Place

__all__ = ["configure_django", "is_django_configured"]

_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
# Marks a layer of settings of which nothing is left.
_EMPTY = "_mailsink_is_empty"


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
    while vars(settings._wrapped).get(_EMPTY):
        settings._wrapped = settings._wrapped.default_settings
    with warnings.catch_warnings():
        # What is deprecated in EMAIL_* is the project's to change, and Django tells it at start.
        warnings.simplefilter("ignore")
        override.enable()
    layer = settings._wrapped

    def undo() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if settings._wrapped is layer:
                override.disable()
            else:
                _empty(layer, values)

    return undo


def _empty(layer: Any, values: Iterable[str]) -> None:
    """Take *values* out of a layer of settings that others were laid upon, which end later than it does.

    To take the layer away would bring it back when they end. What is left of it lets everything through, and
    goes when the next one comes.
    """
    from django.conf import settings
    from django.core.signals import setting_changed

    for name in values:
        # Its own deletion would hide what is below. And settings keep what they were asked for.
        vars(layer).pop(name, None)
        vars(settings).pop(name, None)
        setting_changed.send(
            sender=type(layer), setting=name, value=getattr(settings, name, None), enter=False
        )
    setattr(layer, _EMPTY, True)


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

"""Points applications at a server, by what their framework reads, and back again.

Imports no framework: what it is given tells which one it is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from .changes import Undo, set_attributes, set_items

if TYPE_CHECKING:
    from .mailsink import Mailsink

__all__ = ["configure", "set_environment"]


def configure(target: Any, mailsink: Mailsink) -> Undo:
    """Point *target* at *mailsink*; what is returned puts it back as it was. Raises TypeError."""
    if target is os.environ:
        return set_environment(mailsink.env)
    kind = type(target)
    if kind.__module__.startswith(("django.", "pytest_django.")):
        raise TypeError(
            f"configure({kind.__name__}): Django needs no call; its mail comes here as soon as a test asks "
            "for mailsink, unless mailsink_django is off"
        )
    if isinstance(target, MutableMapping):
        return _configure_mapping(target, mailsink.env)
    if hasattr(target, "extensions") and hasattr(target, "config"):
        return _configure_flask(target, mailsink)
    # FastMail holds its ConnectionConfig.
    settings = getattr(target, "config", target)
    if hasattr(type(settings), "model_fields"):
        return _configure_pydantic(settings, mailsink)
    raise TypeError(
        f"configure({kind.__name__}): it is not known how; give a Flask app, a FastMail or its "
        "ConnectionConfig, a pydantic settings object or a mapping such as os.environ, or tell your code "
        "mailsink.host and mailsink.port"
    )


def set_environment(variables: Mapping[str, str]) -> Undo:
    """Set *variables* in this process's environment."""
    return set_items(os.environ, variables)


def _configure_mapping(target: MutableMapping[str, Any], variables: Mapping[str, str]) -> Undo:
    """Set what *target* has already, in its own case and types; everything where it has nothing of it."""
    names = {key: key.upper() for key in target if isinstance(key, str)}
    known = {key: _like(target[key], variables[name]) for key, name in names.items() if name in variables}
    return set_items(target, known or variables)


def _both(first: Undo, second: Undo) -> Undo:
    def undo() -> None:
        first()
        second()

    return undo


def _like(old: Any, text: str) -> Any:
    """*text* in the type of *old*."""
    if isinstance(old, bool):
        return text == "true"
    if isinstance(old, int):
        return int(text)
    if hasattr(old, "get_secret_value"):
        return type(old)(text)
    return text


def _configure_flask(app: Any, mailsink: Mailsink) -> Undo:
    """Flask-Mail, Flask-Mailman and Flask-Mailing keep what they read of it when they were set up."""
    place = mailsink.place
    state = {
        "server": place.host,
        "port": place.port,
        "use_tls": place.tls == "starttls",
        "use_ssl": place.tls == "implicit",
        "username": place.user or None,
        "password": place.password or None,
    }
    config: dict[str, Any] = {f"MAIL_{name.upper()}": value for name, value in state.items()}
    undo = set_items(app.config, {**config, "MAIL_SUPPRESS_SEND": False, "MAIL_BACKEND": "smtp"})
    for name, more in (("mail", {"suppress": False}), ("mailman", {"backend": "smtp"})):
        extension = app.extensions.get(name)
        if extension is not None:
            values = {key: value for key, value in {**state, **more}.items() if hasattr(extension, key)}
            undo = _both(set_attributes(extension, values), undo)
    mailing = app.extensions.get("mailing")
    return undo if mailing is None else _both(_configure_pydantic(mailing.config, mailsink), undo)


def _configure_pydantic(settings: Any, mailsink: Mailsink) -> Undo:
    place = mailsink.place
    # Words of fastapi-mail and Flask-Mailing; a verified certificate is what trust() is for.
    own = {
        "MAIL_STARTTLS": place.tls == "starttls",
        "MAIL_SSL_TLS": place.tls == "implicit",
        "USE_CREDENTIALS": bool(place.user),
        "SUPPRESS_SEND": 0,
        "CERT_BUNDLE": mailsink.env.get("SSL_CERT_FILE"),
    }
    variables = mailsink.env
    values = {}
    for name in type(settings).model_fields:
        if name.upper() in own:
            values[name] = own[name.upper()]
        elif name.upper() in variables:
            values[name] = _like(getattr(settings, name), variables[name.upper()])
    if not values:
        fields = ", ".join(type(settings).model_fields)
        raise TypeError(
            f"configure({type(settings).__name__}): none of its fields is known ({fields}); known are names "
            "such as smtp_host, email_port and mail_server"
        )
    return set_attributes(settings, values)

"""What tests work with: a server of their own and the mails that came, with or without pytest.

Knows no test framework; the pytest plugin and `MailsinkTestCase` are built on this. A name's module is
loaded when the name is asked for: a test's first use of the fixture must not wait for what it does not use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..display import safe
    from ..explain import trouble
    from ..fault_words import ReplyStage, Stage
    from .case import MailsinkTestCase
    from .django import configure_django, is_django_configured
    from .guard import Guard, Stray, told
    from .mail import Mail
    from .mailsink import Mailsink
    from .opening import MailsinkFactory, ServerSettings, certificates_of
    from .page import PAGE_HEAD
    from .remote import RemoteServer
    from .script import OK
    from .server import Server, serve

__all__ = [
    "OK",
    "PAGE_HEAD",
    "Guard",
    "Mail",
    "Mailsink",
    "MailsinkFactory",
    "MailsinkTestCase",
    "RemoteServer",
    "ReplyStage",
    "Server",
    "ServerSettings",
    "Stage",
    "Stray",
    "certificates_of",
    "configure_django",
    "is_django_configured",
    "safe",
    "serve",
    "told",
    "trouble",
]

_HOMES = {
    "..display": "safe",
    "..explain": "trouble",
    "..fault_words": "ReplyStage Stage",
    ".case": "MailsinkTestCase",
    ".django": "configure_django is_django_configured",
    ".guard": "Guard Stray told",
    ".mail": "Mail",
    ".mailsink": "Mailsink",
    ".opening": "MailsinkFactory ServerSettings certificates_of",
    ".page": "PAGE_HEAD",
    ".remote": "RemoteServer",
    ".script": "OK",
    ".server": "Server serve",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names.split():
            return getattr(import_module(module, __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

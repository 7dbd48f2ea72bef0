"""mailsink catches every mail that code sends.

`Sink` is the running thing; an `Inbox` is where messages are listed, waited for and asserted on.
Importing this loads nothing: a name's module is loaded when the name is asked for (PEP 562), and network
libraries when a sink starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .attempts import Attempt, Mailing
    from .client import AsyncClient, Client
    from .errors import (
        ConfigError,
        ExpectationError,
        GuardError,
        MailsinkError,
        QueryError,
        RequestError,
        StartError,
        StoreError,
    )
    from .events import Event
    from .faults import Fault, Plan, Rule
    from .inbox import Inbox
    from .inboxes import Lease
    from .message import Message, Summary
    from .mime import Address, Part
    from .model import (
        Auth,
        Envelope,
        Parameter,
        Peer,
        Recipient,
        Reply,
        Session,
        Tls,
        Transaction,
        TranscriptEntry,
    )
    from .policy import Credentials, Policy, RecipientRule
    from .query import Query
    from .retention import Limits, Retention
    from .sink import Sink
    from .testing import Mail, Mailsink, MailsinkTestCase, serve
    from .waiting import Outcome

__all__ = [
    "Address",
    "AsyncClient",
    "Attempt",
    "Auth",
    "Client",
    "ConfigError",
    "Credentials",
    "Envelope",
    "Event",
    "ExpectationError",
    "Fault",
    "GuardError",
    "Inbox",
    "Lease",
    "Limits",
    "Mail",
    "Mailing",
    "Mailsink",
    "MailsinkError",
    "MailsinkTestCase",
    "Message",
    "Outcome",
    "Parameter",
    "Part",
    "Peer",
    "Plan",
    "Policy",
    "Query",
    "QueryError",
    "Recipient",
    "RecipientRule",
    "Reply",
    "RequestError",
    "Retention",
    "Rule",
    "Session",
    "Sink",
    "StartError",
    "StoreError",
    "Summary",
    "Tls",
    "Transaction",
    "TranscriptEntry",
    "__version__",
    "serve",
]

__version__ = "0.1.0"

_HOMES = {
    "attempts": "Attempt Mailing",
    "client": "AsyncClient Client",
    "errors": (
        "ConfigError ExpectationError GuardError MailsinkError QueryError RequestError StartError StoreError"
    ),
    "events": "Event",
    "faults": "Fault Plan Rule",
    "inbox": "Inbox",
    "inboxes": "Lease",
    "message": "Message Summary",
    "mime": "Address Part",
    "model": "Auth Envelope Parameter Peer Recipient Reply Session Tls Transaction TranscriptEntry",
    "policy": "Credentials Policy RecipientRule",
    "query": "Query",
    "retention": "Limits Retention",
    "sink": "Sink",
    "testing": "Mail Mailsink MailsinkTestCase serve",
    "waiting": "Outcome",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for module, names in _HOMES.items():
        if name in names.split():
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

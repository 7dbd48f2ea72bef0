"""mailsink catches every mail that code sends.

`Sink` is the running thing; an `Inbox` is where messages are listed, waited for and asserted on.
Importing this loads no network library: those come when a sink starts.
"""

from __future__ import annotations

from .errors import ConfigError, ExpectationError, MailsinkError, QueryError, StartError, StoreError
from .inbox import Inbox, Outcome
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
from .query import Query
from .sink import Sink

__all__ = [
    "Address",
    "Auth",
    "ConfigError",
    "Envelope",
    "ExpectationError",
    "Inbox",
    "MailsinkError",
    "Message",
    "Outcome",
    "Parameter",
    "Part",
    "Peer",
    "Query",
    "QueryError",
    "Recipient",
    "Reply",
    "Session",
    "Sink",
    "StartError",
    "StoreError",
    "Summary",
    "Tls",
    "Transaction",
    "TranscriptEntry",
    "__version__",
]

__version__ = "0.1.0"

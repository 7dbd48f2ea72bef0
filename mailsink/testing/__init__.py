"""What tests work with: a server of their own and the mails that came, with or without pytest.

Knows no test framework; the pytest plugin and `MailsinkTestCase` are built on this.
"""

from __future__ import annotations

from .case import MailsinkTestCase
from .mail import Mail
from .mailsink import Mailsink
from .script import OK
from .server import Server, serve

__all__ = ["OK", "Mail", "Mailsink", "MailsinkTestCase", "Server", "serve"]

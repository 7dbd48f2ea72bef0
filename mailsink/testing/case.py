"""The fixture for unittest."""

from __future__ import annotations

import unittest
import warnings
from functools import cached_property
from typing import ClassVar

from .django import configure_django, is_django_configured
from .mailsink import Mailsink
from .opening import ServerSettings
from .server import DRAIN, Server

__all__ = ["MailsinkTestCase"]


class MailsinkTestCase(unittest.TestCase):
    """A test case whose tests each have an SMTP server of their own: ``self.mailsink``.

    The class attribute `mailsink_settings` holds what `Server.open` takes. Nothing starts before a test asks.
    Django's mail goes there from then on, unless `mailsink_django` is false.
    Mail that comes when its test is over reaches no other test; each is a warning when the class is over.
    With `unittest.IsolatedAsyncioTestCase` as a second parent, coroutines await ``self.mailsink.aio``.
    """

    mailsink_settings: ClassVar[ServerSettings] = {}
    mailsink_django: ClassVar[bool] = True
    _mailsink_server: ClassVar[Server | None] = None

    @cached_property
    def mailsink(self) -> Mailsink:
        """This test's server, opened when it is first asked for and closed when the test is over."""
        mailsink = self._server().open(self.id(), **self.mailsink_settings)
        if self.mailsink_django and is_django_configured():
            mailsink.on_close(configure_django(mailsink.place))
        self.addCleanup(mailsink.close)
        self.addCleanup(mailsink.drain, DRAIN)
        return mailsink

    @classmethod
    def _server(cls) -> Server:
        # In the class itself: one that inherits from another has a server of its own.
        if vars(cls).get("_mailsink_server") is None:
            server = Server()
            server.start()
            cls._mailsink_server = server
            cls.addClassCleanup(cls._close_server, server)
        assert cls._mailsink_server is not None
        return cls._mailsink_server

    @classmethod
    def _close_server(cls, server: Server) -> None:
        cls._mailsink_server = None
        late = server.late()
        server.close()
        for one in late:
            warnings.warn(str(one), stacklevel=2)

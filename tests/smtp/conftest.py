"""Sinks for the SMTP tests, and what their clients must trust."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from raw import TIMEOUT, Raw

from mailsink.message import Message
from mailsink.model import Session
from mailsink.policy import Policy
from mailsink.sink import Sink
from mailsink.smtp.listener import Listener
from mailsink.smtp.stock import Hooks
from mailsink.smtp.tls import Certificates


class Served:
    """A running sink with one listener. Clients that it made are closed with it."""

    def __init__(self, stack: ExitStack, sink: Sink, listener: Listener) -> None:
        self.sink = sink
        self.listener = listener
        self._stack = stack

    def connect(self, **how: Any) -> Raw:
        if self.listener.tls == "implicit" and "tls" not in how:
            how["tls"] = self.trust()
        return self._stack.enter_context(Raw(self.listener.host, self.listener.port, **how))

    def connect_tls(self) -> Raw:
        """A client after STARTTLS."""
        client = self.connect()
        client.ehlo()
        assert client.say("STARTTLS").code == 220
        client.starttls(self.trust())
        return client

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cadata=self.sink.certificates.ca_pem().decode())

    def messages(self) -> list[Message]:
        """What was kept, oldest first."""
        return self.sink.everything.find()

    def message(self) -> Message:
        """The one message that was kept."""
        (message,) = self.messages()
        return message

    def ended(self, count: int = 1) -> Session:
        """Wait until *count* sessions are over; the last of them."""
        with self.sink.events.subscribe(after=0, kinds=("session",)) as subscription:
            for _ in range(count):
                event = subscription.get(TIMEOUT)
                assert event is not None, "the session did not end"
        session = self.sink.sessions.get(event.ids[0])
        assert session is not None
        return session


Serve = Callable[..., Served]


@pytest.fixture(scope="session")
def certificates() -> Iterator[Certificates]:
    certificates = Certificates()
    certificates.context()
    yield certificates
    certificates.close()


@pytest.fixture(params=["lane", "task"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test with sessions as they run by themselves, and once more with each a task from its start."""
    if request.param == "task":
        monkeypatch.setattr(Hooks, "is_used", True)


@pytest.fixture
def serve(certificates: Certificates) -> Iterator[Serve]:
    """Start a sink: ``serve(tls="starttls", inbox=None, handler=…, certificates=…, **policy)``."""
    with ExitStack() as stack:

        def start(
            *,
            tls: str = "none",
            inbox: str | None = "default",
            host: str = "127.0.0.1",
            handler: object | None = None,
            authenticator: Callable[..., object] | None = None,
            certificates: Certificates = certificates,
            **policy: Any,
        ) -> Served:
            sink = stack.enter_context(
                Sink(
                    smtp=(),
                    policy=Policy(**policy),
                    certificates=certificates,
                    handler=handler,
                    authenticator=authenticator,
                )
            )
            return Served(stack, sink, sink.listen(host, tls=tls, inbox=inbox))

        yield start


@pytest.fixture
def served(serve: Serve) -> Served:
    """A sink as it is by default."""
    return serve()

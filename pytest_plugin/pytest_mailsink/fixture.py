"""What the fixture `mailsink` gives to a test.

Imported when a test asks for it, never at collection.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, overload

from mailsink import Inbox, Query, Sink
from mailsink.environment import variables

from .mail import Mail

if TYPE_CHECKING:
    from typing import Unpack

    from mailsink.query import Words
    from mailsink.smtp.listener import Listener

__all__ = ["Mailsink", "opened"]

# How long a test's end waits for a session in which its application is still sending.
DRAIN = 0.5

_numbers = itertools.count(1)


class Mailsink(Sequence[Mail]):
    """A test's own SMTP server: where to send, and what came. As a sequence: the mails, oldest first.

    Matchers are keywords: ``rcpt sender to cc bcc from_ reply_to subject text html body link code
    attachment header where`` and more; see the documentation of the fixture.
    """

    def __init__(self, inbox: Inbox, listener: Listener, timeout: float) -> None:
        self.inbox = inbox
        self.timeout = timeout
        self._listener = listener

    @property
    def host(self) -> str:
        """Where to send to: the address."""
        return self._listener.host

    @property
    def port(self) -> int:
        """Where to send to: the port."""
        return self._listener.port

    @property
    def url(self) -> str:
        """Where to send to, as ``smtp://host:port``."""
        return self._listener.url

    @property
    def env(self) -> dict[str, str]:
        """Environment variables that point an application here: ``SMTP_HOST``, ``EMAIL_URL`` and more."""
        return variables(self.host, self.port)

    @overload
    def expect(self, *, count: None = None, timeout: float | None = None, **words: Unpack[Words]) -> Mail: ...
    @overload
    def expect(self, *, count: int, timeout: float | None = None, **words: Unpack[Words]) -> list[Mail]: ...

    def expect(
        self, *, count: int | None = None, timeout: float | None = None, **words: Unpack[Words]
    ) -> Mail | list[Mail]:
        """Wait until exactly one mail matches, and return it; with *count*, exactly so many as a list.

        *timeout* is in seconds; the ini setting ``mailsink_timeout`` is its default. A mail that is here
        already counts. On failure the text lists what came, the nearest miss first, and why it did not match.
        """
        __tracebackhide__ = True
        seconds = self.timeout if timeout is None else timeout
        if count is None:
            return Mail.of(self.inbox.expect(timeout=seconds, **words))
        return [Mail.of(m) for m in self.inbox.expect(count=count, timeout=seconds, **words)]

    def expect_none(self, *, within: float = 0.0, **words: Unpack[Words]) -> None:
        """Check that no mail matches, now and for *within* seconds more."""
        __tracebackhide__ = True
        self.inbox.expect_none(within=within, **words)

    def find(self, query: Query | str | None = None, **words: Unpack[Words]) -> list[Mail]:
        """The mails that are here now and match, oldest first. Does not wait."""
        return [Mail.of(m) for m in self.inbox.find(query, **words)]

    @property
    def latest(self) -> Mail | None:
        """The newest mail that is here now, or ``None``."""
        message = self.inbox.get("latest")
        return None if message is None else Mail.of(message)

    def clear(self) -> None:
        """Forget the mail that came so far."""
        self.inbox.clear()

    @overload
    def __getitem__(self, index: int) -> Mail: ...
    @overload
    def __getitem__(self, index: slice) -> list[Mail]: ...

    def __getitem__(self, index: int | slice) -> Mail | list[Mail]:
        return self.find()[index]

    def __len__(self) -> int:
        return len(self.inbox)

    def __repr__(self) -> str:
        return f"<mailsink {self.host}:{self.port}: {list(self)}>"


@contextmanager
def opened(sink: Sink, name: str, timeout: float) -> Iterator[Mailsink]:
    """Open a listener with an inbox of its own for the test *name*; close both at the end."""
    inbox_name = f"{name} #{next(_numbers)}"
    listener = sink.listen(inbox=inbox_name)
    inbox = sink.inboxes[inbox_name]
    try:
        yield Mailsink(inbox, listener, timeout)
    finally:
        inbox.wait_idle(DRAIN)
        listener.close()
        inbox.clear()

"""What a test asks of the mail that came: expect it, find it, look at it.

Knows an inbox; nothing of ports and faults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast, overload

from ..by_name import by_name
from ..errors import ExpectationError
from ..inbox import Inbox
from ..message import Message
from ..query import Conditions, Query, Words, query_of
from ..waiting import check_seconds
from .mail import Mail

if TYPE_CHECKING:
    from typing import Unpack

    from ..model import Session
    from ..waiting import Outcome
    from .aio import Aio

__all__ = ["MailWords", "View"]


# Mails that a failed assertion shows of a sequence.
SHOWN = 20


class MailWords(Conditions, total=False):
    """The keywords of every method that takes conditions here: *where* gets a mail."""

    where: Callable[[Mail], object]


class View(Sequence[Mail]):
    """The mail of one inbox. As a sequence: the mails that are here now, oldest first.

    Matchers are keywords: ``rcpt sender to cc bcc from_ reply_to subject text html body link code
    attachment header auth_user tls helo where`` and more; see the documentation of the fixture.
    """

    def __init__(
        self,
        inbox: Inbox,
        *,
        timeout: float,
        where: str = "",
        called: str = "mailsink",
        session: Callable[[str], Session | None] = lambda _: None,
        looked_at: set[str] | None = None,
    ) -> None:
        """*timeout* is for `expect`, in seconds; *where* the server's address, for the text of a failure.

        *called* is what tests call it, for the text of a mistake.
        """
        self.inbox = inbox
        self.timeout = timeout
        self._where = where
        self._session = session
        self._looked_at = set() if looked_at is None else looked_at
        inbox.advice = f"await {called}.aio.{{verb}}(...)"

    @overload
    def expect(
        self, *, count: None = None, timeout: float | None = None, **words: Unpack[MailWords]
    ) -> Mail: ...
    @overload
    def expect(
        self, *, count: int, timeout: float | None = None, **words: Unpack[MailWords]
    ) -> list[Mail]: ...

    @by_name
    def expect(
        self, *, count: int | None = None, timeout: float | None = None, **words: Unpack[MailWords]
    ) -> Mail | list[Mail]:
        """Wait until exactly one mail matches, and return it; with *count*, exactly so many as a list.

        *timeout* is in seconds; the ini setting ``mailsink_timeout`` is its default. A mail that is here
        already counts. On failure the text lists what came, the nearest miss first, and why it did not match.
        """
        self._begin("expect()", words, "write timeout=, in seconds")
        seconds = self.timeout if timeout is None else timeout
        if count is None:
            return self._seen(self.inbox.expect(timeout=seconds, **self._words(words)))
        found = self.inbox.expect(count=count, timeout=seconds, **self._words(words))
        return list(map(self._seen, found))

    def expect_in_order(self, steps: Sequence[MailWords], *, timeout: float | None = None) -> list[Mail]:
        """Wait until for each of *steps*, which are conditions, a mail has come after the one before it.

        Others may come between. Returns the mails of the steps; *timeout* is in seconds, for all together.
        """
        self._begin("expect_in_order()")
        if isinstance(steps, (str, Mapping)) or not all(isinstance(step, Mapping) for step in steps):
            raise TypeError(
                f"expect_in_order({steps!r}): give a list of each step's conditions, such as "
                "[{'subject': 'One'}, {'subject': 'Two'}]"
            )
        queries = [query_of(**self._words(step)) for step in steps]
        seconds = self.timeout if timeout is None else timeout
        check_seconds("timeout", seconds)
        with self.inbox.waiter(verb="expect_in_order") as waiter:
            outcome = waiter.wait(0, seconds)
            while len(found := _in_order(queries, outcome.matched)) < len(queries):
                more = waiter.wait(len(outcome.matched) + 1, seconds)
                if not more.complete:
                    raise self._out_of_order(queries, found, more)
                outcome = more
        return list(map(self._seen, found))

    @by_name
    def expect_none(self, *, within: float = 0.0, **words: Unpack[MailWords]) -> None:
        """Check that no mail matches, now and for *within* seconds more."""
        self._begin("expect_none()", words, "write within=, in seconds")
        self.inbox.expect_none(within=within, **self._words(words))

    def find(self, query: Query | str | None = None, **words: Unpack[MailWords]) -> list[Mail]:
        """The mails that are here now and match, oldest first. Does not wait."""
        self._begin("find()", words, "it does not wait; expect() does")
        return [self._seen(m) for m in self.inbox.find(query, **self._words(words))]

    @property
    def latest(self) -> Mail | None:
        """The newest mail that is here now, or ``None``."""
        self._begin("latest")
        message = self.inbox.get("latest")
        return None if message is None else self._seen(message)

    def peek(self) -> list[Mail]:
        """The mails that are here now, oldest first, without counting as looked at: for reports."""
        return list(map(self._mail, self.inbox))

    def clear(self) -> None:
        """Forget the mail that came so far."""
        self._begin("clear()")
        self.inbox.clear()

    @property
    def aio(self) -> Aio:
        """The same verbs for coroutines: ``await mailsink.aio.expect(...)``, under asyncio and trio."""
        from .aio import Aio

        return Aio(self)

    @overload
    def __getitem__(self, index: int) -> Mail: ...
    @overload
    def __getitem__(self, index: slice) -> list[Mail]: ...

    def __getitem__(self, index: int | slice) -> Mail | list[Mail]:
        mails = self.find()
        if isinstance(index, slice) or -len(mails) <= index < len(mails):
            return mails[index]
        here = f"there {'is' if len(mails) == 1 else 'are'} {len(mails) or 'none'}"
        raise IndexError(f"mailsink[{index}]: no such mail, {here}; expect() waits for one")

    def __len__(self) -> int:
        return len(self.inbox)

    def __repr__(self) -> str:
        mails = self.peek()
        more = f" and {len(mails) - SHOWN} more" if len(mails) > SHOWN else ""
        return f"<mailsink {self._where}: {mails[:SHOWN]}{more}>"

    def _mail(self, message: Message) -> Mail:
        return Mail(message, self._session, number=self._number)

    def _number(self, message_id: str) -> int | None:
        """The how-manyth of those that are here a mail is, from 1; ``None`` where it is not here any more."""
        ids = [message.id for message in self.inbox]
        return ids.index(message_id) + 1 if message_id in ids else None

    def _begin(self, call: str, words: Mapping[str, Any] = MappingProxyType({}), hint: str = "") -> None:
        """See that *call* makes sense now, and that *words* are its own; *hint* says what else to write."""
        for word in ("timeout", "within", "count"):
            if word in words:
                raise TypeError(f"{call}: {word}={words[word]!r} is not its word; {hint}")

    def _seen(self, message: Message) -> Mail:
        self._looked_at.add(message.id)
        return self._mail(message)

    def _words(self, words: MailWords) -> Words:
        """*words*, with a predicate ``where`` that gets a mail in the words of the tests."""
        where = words.get("where")
        converted = cast("Words", words)
        return {**converted, "where": _OfMail(where, self._mail)} if callable(where) else converted

    def _out_of_order(
        self, queries: Sequence[Query], found: Sequence[Message], outcome: Outcome
    ) -> ExpectationError:
        from ..explain import expectation

        step = len(found)
        came = [m for m in outcome.matched if m not in found]
        early = any(queries[step].matches(m) for m in came)
        hint = f": what matches it came before step {step}" if early else ""
        lines = [f"step {step + 1} of {len(queries)} did not come in order{hint}"]
        lines += [f"{number:3}. {message}" for number, message in enumerate(found, 1)]
        lines.append(
            expectation(
                queries[step], expected=1, matched=(), others=came, waited=outcome.waited, where=self._where
            )
        )
        return ExpectationError("\n".join(lines))


class _OfMail:
    """A predicate of mails as one of messages, which failures show by its own name."""

    def __init__(self, predicate: Callable[[Any], object], mail: Callable[[Message], Mail]) -> None:
        self._predicate = predicate
        self._mail = mail
        self.__name__ = getattr(predicate, "__name__", type(predicate).__name__)
        self.__code__ = getattr(predicate, "__code__", None)

    def __call__(self, message: Message) -> object:
        return self._predicate(self._mail(message))


def _in_order(queries: Sequence[Query], messages: Sequence[Message]) -> list[Message]:
    """The earliest messages that match the queries one after another, as far as they go."""
    found: list[Message] = []
    for message in messages:
        if len(found) < len(queries) and queries[len(found)].matches(message):
            found.append(message)
    return found

"""Messages out of a store into an archive, so that a run that was stopped can go on.

Prints nothing. What an unfinished export has done is kept beside its target, in TARGET.unfinished.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..archive import FORMATS, State, format_of_target, writer_of
from ..archive.mbox import index_of
from ..archive.writing import write_whole
from ..errors import ConfigError, QueryError, StoreError
from ..query_text import parse
from ..store import Store
from .output import CommandError

if TYPE_CHECKING:
    from ..message import Message
    from ..query import Query
    from .stopping import Stopping

__all__ = ["Export", "Order", "plan_export"]

# How many messages are written again, at most, after the process was killed.
CHECKPOINT = 500
# How many summaries a search gives at once.
PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be exported: from *store* the messages of *inbox*, ``None`` for all, that match *query*."""

    store: str
    inbox: str | None
    query: str
    format: str
    target: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How far an export has come: the last message's id, how many there were, how far each file is sound."""

    after: str = ""
    count: int = 0
    state: State


def plan_export(
    *, store: str, inbox: str | None, query: str, format_name: str | None, target: Path, force: bool
) -> tuple[Order, Done]:
    """The order, and what an earlier run has done of it.

    Raises ConfigError where the query is wrong, the target is there already, or an unfinished export of
    something else is. *force* takes both as gone.
    """
    order = Order(
        store=str(Path(store).absolute()),
        inbox=inbox,
        query=query,
        format=format_name or format_of_target(target),
        target=target.absolute(),
    )
    _query(query)
    if not target.absolute().parent.is_dir():
        raise ConfigError(f"{target}: there is no directory {target.absolute().parent}; make it first")
    _check_kind(order)
    nothing = Done(state={})
    if force:
        return order, nothing
    done = _unfinished(order)
    if done is None and _is_there(order.target):
        raise ConfigError(f"{target} is there already; name another, or give --force to write over it")
    index = index_of(order.target)
    if done is None and order.format == "mbox" and index.exists():
        raise ConfigError(f"{index} is there already; name another, or give --force to write over it")
    return order, done or nothing


def _check_kind(order: Order) -> None:
    target, is_directory = order.target, FORMATS[order.format].is_directory
    if is_directory and target.exists() and not target.is_dir():
        raise ConfigError(f"{target} is a file, and {order.format} makes a directory; name another")
    if not is_directory and target.is_dir():
        raise ConfigError(f"{target} is a directory, and {order.format} makes a file; name another")


def _is_there(target: Path) -> bool:
    return any(target.iterdir()) if target.is_dir() else target.exists() or target.is_symlink()


def _unfinished(order: Order) -> Done | None:
    """What *order* has done before; ``None`` where nothing is unfinished."""
    file = _unfinished_file(order.target)
    try:
        table = json.loads(file.read_bytes())
        same = table["order"] == _words(order)
        done = Done(**table["done"])
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        raise ConfigError(f"{file} cannot be read; remove it, and give --force") from None
    if not same:
        raise ConfigError(
            f"{file} is of an export of something else; finish that one, or give --force to start anew"
        )
    return done


def _unfinished_file(target: Path) -> Path:
    return target.with_name(target.name + ".unfinished")


def _words(order: Order) -> dict[str, Any]:
    return {name: None if value is None else str(value) for name, value in asdict(order).items()}


def _query(text: str) -> Query | None:
    try:
        return parse(text) if text.strip() else None
    except QueryError as error:
        raise ConfigError(f"--query {text}: {error}") from None


class Export:
    """One run of *order* over the open store *store*, from where *done* says on."""

    def __init__(self, order: Order, done: Done, store: Store) -> None:
        self._order = order
        self._store = store
        self._query = _query(order.query)
        self._done = done
        self.count = done.count

    def total(self) -> int:
        """How many messages there are to export, with those that are done."""
        return self._store.counts(inbox=self._order.inbox, query=self._query).total

    def run(self, stopping: Stopping) -> Iterator[int]:
        """Write message after message, oldest first; gives how many more were written each time.

        Returns when all are written, or *stopping* was asked for. Raises CommandError.
        """
        try:
            yield from self._run(stopping)
        except OSError as error:
            place = error.filename or self._order.target
            raise CommandError(f"{place}: {error.strerror or error}; {self._remedy()}") from None
        except StoreError as error:
            raise CommandError(f"{error}; {self._remedy()}") from None

    def _run(self, stopping: Stopping) -> Iterator[int]:
        order = self._order
        with writer_of(order.format)(order.target, self._done.state) as writer:
            last = self._done.after
            self._save(last, writer.state())
            for message in self._messages(last):
                writer.add(message)
                last = message.id
                self.count += 1
                if self.count % CHECKPOINT == 0:
                    self._save(last, writer.state())
                yield 1
                if stopping:
                    break
            if stopping:
                self._save(last, writer.state())
                return
            writer.finish()
        _unfinished_file(order.target).unlink(missing_ok=True)

    def _save(self, last: str, state: State) -> None:
        done = Done(after=last, count=self.count, state=state)
        text = json.dumps({"order": _words(self._order), "done": asdict(done)})
        write_whole(_unfinished_file(self._order.target), text.encode("ascii") + b"\n")

    def _remedy(self) -> str:
        return "when that is put right, run the same command again to go on"

    def _messages(self, after: str) -> Iterator[Message]:
        """The messages wanted, oldest first, after the id *after*."""
        if self._query is None:
            yield from self._store.scan(inbox=self._order.inbox, after=after)
            return
        for message_id in reversed(self._found(after)):
            # One that was deleted meanwhile does not come.
            if (message := self._store.get(message_id)) is not None:
                yield message

    def _found(self, after: str) -> list[str]:
        """The ids of what matches, newest first: a search goes that way, and an id is small."""
        found: list[str] = []
        before: str | None = ""
        while before is not None:
            page = self._store.page(inbox=self._order.inbox, query=self._query, limit=PAGE, before=before)
            ids = [summary.id for summary in page.summaries if summary.id > after]
            found += ids
            before = page.next if len(ids) == len(page.summaries) else None
        return found

"""How long a file store takes to list and to search when it holds very many messages.

    python tests/bench/search_at_scale.py [MESSAGES] [FILE]
    python tests/bench/search_at_scale.py --existing FILE

Fills the file (a temporary one by default, deleted afterwards) by direct adds, 100,000 by default, waits for
the index, and prints medians in milliseconds. A file that was filled so before is measured by --existing,
when its index is as new as this version, and only a copy of it is cleared. Wants a quiet machine.
The targets at 1,000,000: under 10 ms for a page, under 100 ms for a count, under 1 s to clear all, under
150 MiB of memory.
"""

from __future__ import annotations

import argparse
import datetime as dt
import queue
import random
import resource
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from mailsink.message import Message, new_id
from mailsink.model import Envelope, Recipient, Reply
from mailsink.query import Query
from mailsink.query_text import parse
from mailsink.store import open_store
from mailsink.store.counting import Known
from mailsink.store.places import LAST
from mailsink.store.sqlite import SQLiteStore

OK = Reply(250, "OK", "2.1.5")
BATCH = 1_000
ROUNDS = 11
# Each search: a name, and a text in which {n} is the number of a message that is there.
SEARCHES = (
    ("word, common", "body:w1"),
    ("word, rare", "w4999"),
    ("word, absent", "xylophone"),
    ("word, of two characters", "w1"),
    ("word, of one character", "e"),
    ("subject:, one character", "subject:e"),
    ("word in all subjects", "order"),
    ("word*, common", "w12*"),
    ("word*, one character", "w*"),
    ("body:word*, common", "body:w12*"),
    ("from:, all", "from:shop"),
    ("from:, one", "from:noreply7@"),
    ("to:, one", "to:user{n}@"),
    ("to:, absent", "to:shop"),
    ("cc:, absent", "cc:example"),
    ("subject:, piece", "subject:rder"),
    ("phrase", '"w1 w2"'),
    ("is:unread", "is:unread"),
    ("is:starred, few", "is:starred"),
    ("larger:, none", "larger:1m"),
    ("before:, none", "before:2001-01-01"),
    ("header:, none", "header:X-None"),
    ("has:attachment, none", "has:attachment"),
    ("two terms and NOT", "w2 from:shop -w3"),
)


class Mailer:
    """Makes mail out of a vocabulary in which word n comes 1/n as often as the first."""

    def __init__(self) -> None:
        self._chance = random.Random(2026)
        self._words = [f"w{n}" for n in range(1, 20_001)]
        weights = [1 / n for n in range(1, 20_001)]
        self._weights = list(_accumulated(weights))

    def words(self, count: int) -> str:
        return " ".join(self._chance.choices(self._words, cum_weights=self._weights, k=count))

    def mail(self, number: int) -> Message:
        to = f"user{number}@example.org"
        content = (
            f"From: The Shop <noreply{number % 50}@shop.example>\r\nTo: User {number} <{to}>\r\n"
            f"Subject: Order {number} {self.words(3)}\r\nMessage-ID: <{number}.mail@shop.example>\r\n"
            f"Date: Tue, 24 Nov 2026 14:30:00 +0000\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{self.words(90)}\r\n"
        )
        return Message(
            id=new_id(),
            inbox=f"team{number % 5}",
            envelope=Envelope(
                reverse_path=f"noreply{number % 50}@shop.example",
                recipients=(Recipient(path=to, reply=OK),),
            ),
            content=content.encode(),
            received_at=dt.datetime.now(dt.UTC),
        )


def _accumulated(weights: list[float]) -> list[float]:
    total = 0.0
    found = []
    for weight in weights:
        total += weight
        found.append(total)
    return found


def fill(store: SQLiteStore, count: int) -> None:
    mailer = Mailer()
    for start in range(0, count, BATCH):
        kept: queue.SimpleQueue[object] = queue.SimpleQueue()
        batch = range(start, min(start + BATCH, count))
        for number in batch:
            store.add(mailer.mail(number), kept.put)
        for _ in batch:
            kept.get()


def median(work: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    """Milliseconds, after one round that warms up."""
    taken = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken[1:])


def row(name: str, value: float | str) -> None:
    print(f"{name:40} {value if isinstance(value, str) else format(value, '10.2f')}", flush=True)


def make(store: SQLiteStore, count: int) -> None:
    started = time.perf_counter()
    fill(store, count)
    row("fill, s", time.perf_counter() - started)
    started = time.perf_counter()
    store.counts(query=parse("nothing"))
    row("index, s", time.perf_counter() - started)


def wait_for_index(store: SQLiteStore) -> None:
    """Wait until the index of a file that an older version filled is renewed: five minutes for a million."""
    pause = threading.Event()
    old = "SELECT EXISTS (SELECT 1 FROM shards WHERE briefed < ?)"
    while True:
        with store._readers.lend() as connection:
            if not connection.execute(old, (LAST,)).fetchone()[0]:
                return
        pause.wait(0.5)


def measure(store: SQLiteStore, count: int) -> None:
    page = store.page()
    store.mark([s.id for s in page.summaries[:5]], starred=True, read=True)
    ids = [s.id for s in page.summaries]
    row("newest 50", median(store.page))
    with store._readers.lend() as connection:
        query = "SELECT id FROM messages ORDER BY id LIMIT 1 OFFSET ?"
        deep = connection.execute(query, (count // 10,)).fetchone()[0]
    row("page at 90 %", median(lambda: store.page(before=deep)))
    row("page at 90 % of an inbox", median(lambda: store.page(inbox="team3", before=deep)))
    row("get", median(lambda: store.get(ids[7])))
    for name, text in SEARCHES:
        query = parse(text.format(n=count // 3))
        first = median(lambda query=query: store.page(query=query))
        deeper = median(lambda query=query: store.page(query=query, before=deep))
        inbox = median(lambda query=query: store.page(query=query, inbox="team3"))
        counted = median(lambda query=query: count_anew(store, query), rounds=3)
        found = store.counts(query=query).total
        row(name, f"{first:8.2f} {deeper:8.2f} {inbox:8.2f} {counted:9.2f}   {found}")
    row("count of all", median(store.counts))
    row("resident memory, MiB", resident())


def count_anew(store: SQLiteStore, query: Query) -> None:
    """Count without what the store remembers of the same count before."""
    store._known = Known()
    store.counts(query=query)


def measure_clearing(file: Path) -> None:
    with closing(open_store(str(file))) as store:
        started = time.perf_counter()
        store.clear(inbox="team1")
        row("clear an inbox", (time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        store.clear()
        row("clear", (time.perf_counter() - started) * 1000)


def resident() -> float:
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("messages", type=int, nargs="?", default=100_000)
    parser.add_argument("file", type=Path, nargs="?", help="to fill; it is cleared at the end")
    parser.add_argument(
        "--existing", type=Path, metavar="FILE", help="measure this one, and leave it as it is"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.existing and given.existing.parent) as directory:
        file = given.existing or given.file or Path(directory) / "mail.db"
        with closing(open_store(str(file))) as store:
            assert isinstance(store, SQLiteStore)
            count = store.counts().total if given.existing else given.messages
            print(f"{count:,} messages; a search: first 50, at 90 %, in an inbox, count (ms), matches")
            if given.existing:
                wait_for_index(store)
            else:
                make(store, count)
            measure(store, count)
            row("file, MiB", sum(f.stat().st_size for f in file.parent.glob(f"{file.name}*")) / 2**20)
        if given.existing:
            file = Path(shutil.copy(file, directory))
        measure_clearing(file)


if __name__ == "__main__":
    main()

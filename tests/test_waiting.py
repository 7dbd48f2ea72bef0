from __future__ import annotations

import asyncio
import datetime as dt
import threading

import pytest
from messages import message

from mailsink.events import Events
from mailsink.lookout import Lookout
from mailsink.query import EVERYTHING, query_of
from mailsink.store import open_store
from mailsink.waiting import Waiter


@pytest.fixture
def store():
    opened = open_store("memory", events=Events())
    yield opened
    opened.close()


def keep(store, **words):
    kept = message(**words)
    store.add(kept, lambda _error: None)
    return kept


def later(call, *arguments, **words):
    thread = threading.Thread(target=call, args=arguments, kwargs=words)
    thread.start()
    return thread


def test_what_is_there_counts(store):
    kept = keep(store)

    with Waiter(store, None, EVERYTHING) as waiter:
        outcome = waiter.wait(1, 0)

    assert outcome.complete
    assert [m.id for m in outcome.matched] == [kept.id]


def test_what_comes_while_waiting_counts(store):
    with Waiter(store, None, EVERYTHING) as waiter:
        sender = later(keep, store)
        outcome = waiter.wait(1, 10)
        sender.join()

    assert outcome.complete


def test_what_comes_between_two_waits_is_not_missed(store):
    with Waiter(store, None, EVERYTHING) as waiter:
        waiter.wait(1, 0)
        keep(store)

        assert waiter.wait(1, 0).complete


def test_what_is_deleted_between_two_waits_is_forgotten(store):
    kept = keep(store)

    with Waiter(store, None, EVERYTHING) as waiter:
        waiter.wait(1, 0)
        store.delete([kept.id])

        assert waiter.wait(1, 0).matched == ()


def test_what_is_cleared_between_two_waits_is_forgotten(store):
    keep(store)

    with Waiter(store, None, EVERYTHING) as waiter:
        waiter.wait(1, 0)
        store.clear()

        assert waiter.wait(1, 0).matched == ()


def test_messages_up_to_an_id_are_left_out(store):
    first, second = keep(store), keep(store)

    with Waiter(store, None, EVERYTHING, after=first.id) as waiter:
        assert [m.id for m in waiter.wait(1, 0).matched] == [second.id]


def test_other_messages_are_remembered_and_bounded(store):
    for _ in range(60):
        keep(store)

    with Waiter(store, None, query_of(rcpt="nobody@example.org")) as waiter:
        outcome = waiter.wait(1, 0)

    assert not outcome.complete
    assert len(outcome.others) == 51


def test_others_are_looked_for_where_something_is_missing_alone(store):
    wanted, other = keep(store, subject="Wanted"), keep(store, subject="Other")

    with Waiter(store, None, query_of(subject="Wanted")) as waiter:
        enough, too_few = waiter.wait(1, 0), waiter.wait(2, 0)

    assert ([m.id for m in enough.matched], enough.others) == ([wanted.id], ())
    assert [m.id for m in too_few.others] == [other.id]


def test_what_came_while_waiting_is_among_the_others(store):
    before = keep(store, subject="Before")

    with Waiter(store, None, query_of(subject="Wanted")) as waiter:
        sender = later(keep, store, subject="Meanwhile")
        outcome = waiter.wait(1, 0.05)
        sender.join()

    assert [m.subject for m in outcome.others] == [before.subject, "Meanwhile"]


def test_what_matches_is_no_other_though_nobody_told_of_it(store):
    lookout = Lookout(store)
    with Waiter(store, None, query_of(subject="Wanted"), lookout=lookout) as waiter:
        waiter.finds(1)
        kept = keep(store, subject="Wanted", state={"received_at": dt.datetime.now(dt.UTC)})
        other = keep(store, subject="Other", state={"received_at": dt.datetime.now(dt.UTC)})
        # Enough never come: what the lookout's thread had not told by then is in neither.
        outcome = waiter.wait(2, 0)

    assert [m.id for m in outcome.others] == [other.id]
    assert {m.id for m in outcome.matched} <= {kept.id}


def test_a_woken_wait_asks_whether_to_stop(store):
    asked = threading.Event()

    def stop() -> bool:
        asked.set()
        return True

    with Waiter(store, None, EVERYTHING) as waiter:
        waker = later(waiter.wake)
        outcome = waiter.wait(1, 60, stop=stop)
        waker.join()

    assert asked.is_set()
    assert not outcome.complete


def test_a_wait_ends_when_the_events_do(store):
    with Waiter(store, None, EVERYTHING) as waiter:
        closer = later(store.events.close)
        outcome = waiter.wait(1, 60)
        closer.join()

    assert not outcome.complete


def test_a_wait_that_is_given_up_returns_what_there_is(store):
    kept = keep(store)
    with Waiter(store, None, EVERYTHING) as waiter:
        looked = threading.Event()
        giving = later(lambda: (looked.wait(10), waiter.give_up()))
        waiter.wait(1, 0)
        looked.set()
        outcome = waiter.wait(2, 60)
        giving.join()

        assert not outcome.complete
        assert [m.id for m in outcome.matched] == [kept.id]
        assert outcome.waited < 10
        assert waiter.wait(2, 60).waited < 10


def test_clearing_another_inbox_forgets_nothing(store):
    kept = keep(store)
    keep(store, state={"inbox": "other"})
    with Waiter(store, None, EVERYTHING) as waiter:
        waiter.wait(2, 0)
        store.clear(inbox="other")

        assert [m.id for m in waiter.wait(1, 0).matched] == [kept.id]


def test_the_advice_is_what_the_caller_gave(store):
    async def waits():
        with Waiter(store, None, EVERYTHING, advice="await something(...)") as waiter:
            waiter.wait(1, 1)

    with pytest.raises(RuntimeError) as caught:
        asyncio.run(waits())

    assert str(caught.value) == (
        "waiting here would block the running event loop; write: await something(...)"
    )

from __future__ import annotations

import threading

import pytest

from mailsink.events import Events
from mailsink.query import EVERYTHING, query_of
from mailsink.store import open_store
from mailsink.waiting import Waiter
from messages import message


@pytest.fixture
def store():
    opened = open_store("memory", events=Events())
    yield opened
    opened.close()


def keep(store, **words):
    kept = message(**words)
    store.add(kept, lambda error: None)
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
    assert len(outcome.others) == 50


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

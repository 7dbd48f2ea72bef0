from __future__ import annotations

import threading
from contextlib import closing

import pytest
from messages import message

from mailsink.lookout import Lookout
from mailsink.query import EVERYTHING, Term, query_of
from mailsink.query_text import parse
from mailsink.store import open_store
from mailsink.waiting import Waiter


@pytest.fixture
def store():
    store = open_store("memory")
    yield store
    store.close()


@pytest.fixture
def lookout(store):
    return Lookout(store)


def keep(store, **words):
    kept = threading.Event()
    made = message(**words)
    store.add(made, lambda _: kept.set())
    assert kept.wait(10)
    return made


def ids(event):
    return None if event is None else event.ids


def test_who_wants_a_message_is_told_of_it(store, lookout):
    with lookout.subscribe(query_of(rcpt="ada@example.org")) as watch:
        made = keep(store, rcpt="ada@example.org")

        assert ids(watch.get(10)) == (made.id,)


def test_who_does_not_want_it_is_not_told(store, lookout):
    with (
        lookout.subscribe(query_of(rcpt="ada@example.org")) as watch,
        lookout.subscribe(EVERYTHING) as all_of_them,
    ):
        got = []
        thread = threading.Thread(target=lambda: got.append(watch.get(10)))
        thread.start()
        other = keep(store, rcpt="grace@example.org")
        assert ids(all_of_them.get(10)) == (other.id,)
        made = keep(store, rcpt="ada@example.org")
        thread.join()

        assert ids(got[0]) == (made.id,)
        assert watch.get(0) is None


def test_another_inbox_is_nobodys_business(store, lookout):
    with lookout.subscribe(EVERYTHING, inbox="here") as watch:
        keep(store, state={"inbox": "there"})
        made = keep(store, state={"inbox": "here"})

        assert ids(watch.get(10)) == (made.id,)
        assert watch.get(0) is None


def test_what_is_deleted_is_told_to_all(store, lookout):
    made = keep(store)
    with lookout.subscribe(parse("subject:nothing")) as watch:
        store.delete([made.id])

        assert (event := watch.get(10)).kind == "deleted"
        assert event.ids == (made.id,)


def test_a_condition_that_raises_does_so_where_its_caller_waits(store, lookout):
    def broken(_):
        raise ValueError("broken")

    query = Term(field="where", source="message", kind="predicate", expected=broken)

    with (
        Waiter(store, None, query, lookout=lookout) as waiter,
        Waiter(store, None, EVERYTHING, lookout=lookout) as other,
    ):
        keep(store)
        with pytest.raises(ValueError, match="broken"):
            waiter.wait(1, 10)
        assert other.wait(1, 10).complete


def test_a_wait_is_woken_once_it_is_told_to_stop(store, lookout):
    with Waiter(store, None, EVERYTHING, lookout=lookout) as waiter:
        waiter.wake()

        assert not waiter.wait(1, 10, stop=lambda: True).complete


def test_when_the_store_closes_nobody_waits_on(store, lookout):
    with lookout.subscribe(EVERYTHING) as watch:
        store.events.close()

        assert watch.get(10) is None
        assert watch.ended


def test_who_comes_when_the_store_is_closed_does_not_wait(store, lookout):
    store.events.close()

    with lookout.subscribe(EVERYTHING) as watch:
        assert watch.get(10) is None


def test_its_thread_ends_with_the_last_wait_and_comes_back_with_the_next(store, lookout):
    before = set(threading.enumerate())
    first, second = lookout.subscribe(EVERYTHING), lookout.subscribe(EVERYTHING)
    (thread,) = set(threading.enumerate()) - before

    first.close()
    second.close()
    thread.join(10)

    assert not thread.is_alive()
    with lookout.subscribe(EVERYTHING) as third:
        keep(store)
        assert third.get(10) is not None


def test_waits_that_come_and_go_while_mail_comes_miss_nothing(store, lookout):
    def wait_for(number):
        with Waiter(store, None, query_of(rcpt=f"user{number}@example.org"), lookout=lookout) as waiter:
            found[number] = waiter.wait(1, 20).complete

    found: dict[int, bool] = {}
    threads = [threading.Thread(target=wait_for, args=(number,)) for number in range(50)]
    for number, thread in enumerate(threads):
        thread.start()
        keep(store, rcpt=f"user{number}@example.org")
    for thread in threads:
        thread.join()

    assert found == dict.fromkeys(range(50), True)


def test_what_many_want_is_read_once_for_all_of_them(tmp_path):
    with closing(open_store(tmp_path / "mail.db")) as store:
        lookout = Lookout(store)
        with lookout.subscribe(EVERYTHING) as one, lookout.subscribe(query_of(rcpt="ada@example.org")) as two:
            made = keep(store, rcpt="ada@example.org")

            (first,), (second,) = one.get(10).messages, two.get(10).messages

    assert first.id == made.id
    assert first is second

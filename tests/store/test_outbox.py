from __future__ import annotations

import pytest

from mailsink.errors import StoreError
from mailsink.store import open_store, outbox
from mailsink.store.outbox import DONE, FAILED, WAITING, Delivery, Outbox


def delivery(number: int = 1, **more) -> Delivery:
    given = {"id": f"h-{number}", "hook": "h", "message": f"m{number}", "data": b"[]", "body": b"{}"}
    return Delivery(**{**given, **more})


def ids(deliveries) -> list[str]:
    return [one.id for one in deliveries]


@pytest.fixture
def box(store):
    box = store.outbox()
    box.put_hook("h", b"data", seen="m0")
    return box


def test_a_hook_keeps_what_it_has_seen_when_its_data_change(box):
    box.enqueue("m3", [])
    box.put_hook("h", b"new", seen="m9")

    assert box.hooks() == {"h": ("m3", b"new")}


def test_a_delivery_is_queued_once(box):
    box.enqueue("m1", [delivery()])
    box.enqueue("m1", [delivery(body=b"other")])

    (found,) = box.list("h", limit=10)
    assert found.body == b"{}"


def test_who_takes_a_delivery_has_it_alone_for_a_while(box):
    box.enqueue("m2", [delivery(1, due=5.0), delivery(2, due=4.0)])

    taken = [box.take("h", now=10.0, until=20.0) for _ in range(3)]

    assert ids(taken[:2]) == ["h-2", "h-1"]
    assert taken[2] is None
    assert box.next_due("h") == 20.0
    assert box.take("h", now=20.0, until=30.0) is not None


def test_nothing_is_taken_before_it_is_due(box):
    box.enqueue("m1", [delivery(due=5.0)])

    assert box.take("h", now=4.9, until=9.0) is None


def test_what_is_over_is_listed_and_counted_but_not_taken(box):
    box.enqueue("m3", [delivery(1), delivery(2, state=DONE), delivery(3, state=FAILED)])

    assert box.counts("h") == box.totals() == {WAITING: 1, DONE: 1, FAILED: 1}
    assert ids(box.list("h", limit=10)) == ["h-3", "h-2", "h-1"]
    assert ids(box.list("h", limit=10, state=FAILED)) == ["h-3"]
    last = box.list("h", limit=2)[-1]
    assert ids(box.list("h", limit=2, before=last.place)) == ["h-1"]
    assert box.next_due("h") == 0.0


def test_what_is_over_can_wait_again_with_what_is_known_of_it(box):
    box.enqueue("m1", [delivery(state=FAILED, data=b"[1]")])

    box.revive("h-1", due=5.0)

    found = box.take("h", now=5.0, until=9.0)
    assert (found.state, found.data) == (WAITING, b"[1]")


def test_a_hook_that_goes_takes_what_it_is_owed_along(box):
    box.enqueue("m2", [delivery(1), delivery(2, state=DONE)])

    assert box.remove_hook("h") == 1
    assert (box.hooks(), box.get("h-1"), box.next_due("h")) == ({}, None, None)


def test_the_oldest_that_are_over_are_forgotten_and_none_that_waits(monkeypatch, tmp_path):
    monkeypatch.setattr(outbox, "KEPT", 2)
    monkeypatch.setattr(outbox, "MOST_IN_MEMORY", 1)
    with_file = open_store(str(tmp_path / "mail.db"))
    done = [delivery(number, state=DONE) for number in range(1, 5)]

    for box in (with_file.outbox(), Outbox.in_memory()):
        box.enqueue("m9", [*done, delivery(8), delivery(9)])

    assert ids(with_file.outbox().list("h", limit=10)) == ["h-9", "h-8", "h-4", "h-3"]
    # Memory is bounded whatever happens.
    assert ids(box.list("h", limit=10)) == ["h-9", "h-4", "h-3"]
    with_file.close()
    box.close()


def test_a_file_keeps_the_queue(tmp_path):
    file = str(tmp_path / "mail.db")
    store = open_store(file)
    assert not store.has_hooks
    store.outbox().put_hook("h", b"data", seen="m0")
    store.outbox().enqueue("m1", [delivery()])
    store.close()

    again = open_store(file)

    assert again.has_hooks
    assert ids(again.outbox().list("h", limit=10)) == ["h-1"]
    again.close()


def test_a_queue_that_is_closed_says_so(store):
    box = store.outbox()
    store.close()

    with pytest.raises(StoreError, match="the queue of webhooks is closed"):
        box.hooks()

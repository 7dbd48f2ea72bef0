from __future__ import annotations

from concurrent.futures import Future

import pytest
from messages import message

from mailsink.errors import StoreError
from mailsink.store import open_store
from mailsink_web import undo
from mailsink_web.undo import LIFETIME, Undo


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    store = open_store("memory" if request.param == "memory" else str(tmp_path / "mail.db"))
    yield store
    store.close()


def fill(store, number=3):
    made = [message(state={"starred": True, "tags": ("a",), "read": True}) for _ in range(number)]
    for one in made:
        kept = Future()
        store.add(one, kept.set_result)
        assert kept.result() is None
    return [store.get(one.id) for one in made]


def test_what_is_put_back_is_as_it_was_and_where_it_was(store):
    kept = fill(store)
    undoing = Undo()
    token = undoing.keep(kept[:2])
    store.delete([one.id for one in kept[:2]])

    assert undoing.offer(token) == 2
    assert undoing.restore(token, store) == 2

    assert list(store.scan()) == kept
    assert (undoing.offer(token), undoing.restore(token, store)) == (0, 0)


def test_what_is_there_already_is_passed_over(store):
    kept = fill(store)
    undoing = Undo()

    assert undoing.restore(undoing.keep(kept), store) == 0
    assert list(store.scan()) == kept


def test_what_cannot_be_put_back_can_be_asked_for_again(store):
    kept = fill(store)
    undoing = Undo()
    token = undoing.keep(kept)
    closed = open_store("memory")
    closed.close()

    with pytest.raises(StoreError):
        undoing.restore(token, closed)

    assert undoing.offer(token) == 3


def test_a_deletion_is_forgotten_after_its_time():
    clock = Clock()
    undoing = Undo(clock=clock)
    token = undoing.keep([message()])

    clock.now = LIFETIME
    assert undoing.offer(token) == 1
    clock.now = LIFETIME + 1
    assert undoing.offer(token) == 0


def test_older_deletions_make_room(monkeypatch):
    made = [message() for _ in range(4)]
    monkeypatch.setattr(undo, "MOST_OCTETS", made[0].size * 2)
    undoing = Undo()
    tokens = [undoing.keep([one]) for one in made[:3]]

    assert [undoing.offer(token) for token in tokens] == [0, 1, 1]
    assert undoing.keep(made[:3]) == ""
    assert undoing.keep([]) == ""

from __future__ import annotations

from messages import message

from mailsink.commands.caught import Caught
from mailsink.errors import StoreError
from mailsink.inbox import Inbox
from mailsink.store import open_store


def test_what_is_deleted_was_caught():
    store = open_store("memory")
    store.add(message(), lambda _: None)
    caught = Caught(store)
    new = message(subject="New")

    store.add(new, lambda _: None)
    store.clear()

    inbox = caught.over(Inbox(store, None))
    assert [one.id for one in inbox] == [new.id]
    assert caught.number == 1


def test_what_is_not_kept_was_not_caught():
    store = open_store("memory")
    caught = Caught(store)
    store.close()
    errors = []

    store.add(message(), errors.append)

    assert caught.number == 0
    assert isinstance(errors[0], StoreError)

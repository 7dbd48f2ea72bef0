from __future__ import annotations

import pytest

from mailsink.capturing import adding, capture
from mailsink.errors import StoreError
from mailsink.model import Auth
from mailsink.store import open_store


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    store = open_store("memory" if request.param == "memory" else str(tmp_path / "mail.sqlite"))
    yield store
    store.close()


def test_content_is_kept_byte_for_byte(store):
    content = b"Subject: caf\xc3\xa9\n\nbare line end\n"

    message = capture(store, content)

    assert store.get(message.id).content == content


def test_the_envelope_is_what_the_caller_says(store):
    message = capture(
        store, b"", reverse_path="shop@example.com", forward_paths=["ada@example.org", "eve@example.org"]
    )

    kept = store.get(message.id)

    assert kept.envelope.reverse_path == "shop@example.com"
    assert kept.envelope.forward_paths == ("ada@example.org", "eve@example.org")


def test_inbox_tags_and_user_are_kept(store):
    message = capture(store, b"", inbox="checkout", tags=("a", "b"), auth=Auth("HTTP", "ada"))

    kept = store.get(message.id)

    assert (kept.inbox, kept.tags, kept.auth.user) == ("checkout", ("a", "b"), "ada")


def test_who_waits_is_woken(store):
    with store.events.subscribe(kinds=("captured",)) as events:
        message = capture(store, b"")

        assert events.get(timeout=5).ids == (message.id,)


def test_a_store_that_cannot_keep_it_says_so(store):
    store.close()

    with pytest.raises(StoreError):
        capture(store, b"")


def test_one_that_is_there_already_is_no_second_time(store):
    message = capture(store, b"")

    assert isinstance(adding(store, message).result(5), StoreError)
    assert store.counts().total == 1

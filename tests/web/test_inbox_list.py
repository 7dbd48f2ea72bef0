from __future__ import annotations

import pytest
from messages import message

from mailsink_web.app import create_app
from mailsink_web.inbox_list import NONE, known_inboxes


@pytest.fixture
def within(sink):
    with create_app(sink).test_request_context():
        yield


def test_an_inbox_that_was_made_is_there_before_its_first_mail(sink, within):
    sink.store.add(message(state={"inbox": "orders"}), lambda _: None)
    sink.listen(inbox=None)
    sink.inboxes.create("checkout")

    found = known_inboxes()

    assert list(found) == sorted(found)
    assert found["checkout"] == NONE
    assert (found["orders"].total, found["orders"].unread) == (1, 1)


def test_an_inbox_that_was_deleted_is_not(sink, within):
    sink.listen(inbox=None)
    sink.inboxes.create("checkout")
    sink.inboxes.delete("checkout")

    assert "checkout" not in known_inboxes()

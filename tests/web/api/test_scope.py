from __future__ import annotations

import pytest
from sending import mail

from mailsink import QueryError
from mailsink.query import EVERYTHING
from mailsink_web.api.problem import RefusedError
from mailsink_web.api.scope import Scope, find, ids_of, inbox_of, query_of
from mailsink_web.app import create_app


@pytest.fixture(autouse=True)
def app(sink):
    with create_app(sink).app_context():
        yield


def test_no_name_is_all_inboxes():
    assert inbox_of(None).name is None
    assert inbox_of("other").name == "other"


@pytest.mark.parametrize("text", ["", "  "])
def test_no_search_is_everything(text):
    assert query_of(text) is EVERYTHING


def test_a_search_that_cannot_be_read_raises():
    with pytest.raises(QueryError):
        query_of("(")


def test_the_newest_of_a_scope_is_found(captured):
    first = captured(mail("First"))
    captured(mail("Second"))

    assert find("latest", Scope(q="subject:first")).id == first.id


def test_what_is_outside_of_the_scope_is_not_found(captured):
    message = captured(mail("First"))

    with pytest.raises(RefusedError) as caught:
        find(message.id, Scope(inbox="other"))

    assert caught.value.problem.detail == (
        f"There is no message with the id '{message.id}' in the inbox 'other'; it may have been deleted."
    )


def test_the_ids_of_a_scope_are_all_of_them(captured, monkeypatch):
    messages = [captured(mail(f"Number {number}")) for number in range(3)]

    assert ids_of(Scope()) == [message.id for message in reversed(messages)]


@pytest.mark.parametrize("path", ["messages", "sessions", "attempts"])
def test_what_is_no_cursor_does_not_begin_anew(http, path):
    answer = http.get(f"/api/{path}?cursor=next")

    assert answer.status == 400
    assert answer.json["detail"] == "cursor must be the next of the page before, not 'next'."

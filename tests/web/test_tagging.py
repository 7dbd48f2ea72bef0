from __future__ import annotations

import pytest
from messages import message

from mailsink_web.tagging import retag


@pytest.fixture
def tagged(sink):
    """Three messages, and what gives their ids with their tags."""
    made = [message(state={"tags": tags}) for tags in (("New", "a"), ("a",), ())]
    for each in made:
        sink.store.add(each, lambda _: None)

    def tagged():
        return [(each.id, sink.everything.get(each.id).tags) for each in made]

    return tagged


def test_the_tag_is_added_to_the_others(sink, tagged):
    assert retag(sink.everything, tagged(), "new", lambda others: (*others, "new")) == 3

    assert [tags for _, tags in tagged()] == [("a", "new"), ("a", "new"), ("new",)]


def test_the_tag_is_taken_away_in_any_case(sink, tagged):
    retag(sink.everything, tagged(), "NEW", lambda others: others)

    assert [tags for _, tags in tagged()] == [("a",), ("a",), ()]


def test_none_leaves_a_message_as_it_is(sink, tagged):
    before = tagged()

    retag(sink.everything, before, "new", lambda others: None if others else ("only",))

    assert [tags for _, tags in tagged()] == [("New", "a"), ("a",), ("only",)]


def test_nobody_is_told_of_what_did_not_change(sink, tagged):
    with sink.events.subscribe() as events:
        retag(sink.everything, tagged(), "b", lambda others: others)

        assert events.get(timeout=0) is None

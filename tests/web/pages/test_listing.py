from __future__ import annotations

import pytest
from messages import message

from mailsink_web.app import create_app
from mailsink_web.pages.listing import ABOVE, LENGTH, Place, listing, listing_with, place_of
from mailsink_web.pages.scope import Scope


@pytest.fixture
def within(sink):
    with create_app(sink).test_request_context():
        yield


def test_a_listing_has_a_page_and_the_counts_of_all(sink, within):
    for _ in range(LENGTH + 1):
        sink.store.add(message(), lambda _: None)

    shown = listing(Scope())

    assert len(shown.ids) == LENGTH
    assert list(shown.ids) == sorted(shown.ids, reverse=True)
    assert shown.counts.total == LENGTH + 1
    assert shown.next == f"/?before={shown.ids[-1]}"


def test_the_last_page_leads_nowhere(sink, within):
    sink.store.add(message(), lambda _: None)

    assert listing(Scope()).next == ""


@pytest.fixture
def kept(sink, within):
    """The ids of 120 messages, newest first, of which every second is unread."""
    made = [message(state={"read": number % 2 == 1}) for number in range(120)]
    for each in made:
        sink.store.add(each, lambda _: None)
    return [each.id for each in reversed(made)]


def test_a_message_on_the_page_leaves_it_as_it_is(kept):
    scope, shown = listing_with(Scope(), kept[3])

    assert scope == Scope()
    assert place_of(scope, shown, kept[3]) == Place(number=4, above=kept[2], below=kept[4])
    assert place_of(scope, shown, kept[0]) == Place(number=1, above="", below=kept[1])


def test_the_list_beside_a_message_that_is_far_down_begins_a_little_above_it(kept):
    scope, shown = listing_with(Scope(), kept[80])

    assert scope.before == kept[80 - ABOVE - 1]
    assert shown.ids[ABOVE] == kept[80]
    assert listing_with(Scope(before=kept[99]), kept[4])[0].before == ""


def test_neighbours_are_found_beyond_the_ends_of_a_page(kept):
    scope, shown = listing_with(Scope(), kept[LENGTH - 1])
    assert place_of(scope, shown, kept[LENGTH - 1]).below == kept[LENGTH]

    scope, shown = listing_with(Scope(before=kept[LENGTH - 1]), kept[LENGTH])
    assert place_of(scope, shown, kept[LENGTH]).above == kept[LENGTH - 1]
    assert place_of(scope, shown, kept[-1]).below == ""


def test_a_message_that_does_not_match_any_more_has_neighbours_nevertheless(kept):
    scope, shown = listing_with(Scope.of(q="is:unread"), kept[80])

    assert place_of(scope, shown, kept[80]) == Place(number=0, above=kept[79], below=kept[81])
    assert kept[79] in shown.ids

from __future__ import annotations

import pytest
from messages import message

from mailsink_web.app import create_app
from mailsink_web.pages.listing import LENGTH, listing
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

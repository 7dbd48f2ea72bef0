from __future__ import annotations

import pytest

from mailsink.client import listing
from mailsink.client.http import Http
from mailsink.client.narrow import Search


@pytest.fixture
def listed(web):
    http = Http(web.url)
    yield listing.Listing(http)
    http.close()


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 2)


EVERYTHING = Search("", exact=True)


def test_every_page_is_read_newest_first(listed, put):
    ids = [put(str(number)).id for number in range(5)]

    assert [one.id for one in listed.summaries(EVERYTHING, None)] == ids[::-1]


def test_it_begins_before_a_cursor_and_ends_after_an_id(listed, put):
    ids = [put(str(number)).id for number in range(5)]

    found = listed.summaries(EVERYTHING, None, ids[4], after=ids[1])

    assert [one.id for one in found] == [ids[3], ids[2]]


def test_a_search_and_an_inbox_narrow_it(listed, put):
    put("One")

    assert [one.subject for one in listed.summaries(Search("subject:one", exact=True), "default")] == ["One"]
    assert [*listed.summaries(EVERYTHING, "other")] == []


def test_what_is_present_is_told_oldest_first(listed, put):
    ids = [put(str(number)).id for number in range(3)]

    assert listed.present() == [("default", one) for one in ids]

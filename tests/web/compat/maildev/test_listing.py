from __future__ import annotations

import pytest
from sending import mail

from mailsink_web.compat.maildev.listing import matches

API = "/maildev"


def subjects(mails):
    return [each["subject"] for each in mails]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["First", "Second", "Third"]),
        ("?sort=desc", ["Third", "Second", "First"]),
        ("?sort=desc&limit=1", ["Third"]),
        ("?skip=1&limit=1", ["Second"]),
        ("?skip=2", ["Third"]),
        ("?skip=9", []),
        ("?limit=0", []),
        ("?subject=Second", ["Second"]),
        ("?subject=second", []),
        ("?from.address=shop@example.com&sort=desc&limit=2", ["Third", "Second"]),
        ("?envelope.to.address=ada@example.org&skip=2", ["Third"]),
        ("?read=false&headers.subject=First", ["First"]),
        ("?nothing=1", []),
    ],
)
def test_mails_are_listed_and_filtered(http, three, query, shown):
    assert subjects(http.get(f"{API}/email{query}").json) == shown
    assert subjects(http.get(f"{API}/api/email{query}").json) == shown


def test_no_list_is_longer_than_the_bound(http, three, monkeypatch):
    monkeypatch.setattr("mailsink_web.compat.maildev.listing.MOST", 2)

    assert subjects(http.get(f"{API}/email").json) == ["Second", "Third"]


@pytest.mark.parametrize(
    ("wanted", "is_met"),
    [
        ({"headers.x.y": "1"}, True),
        ({"to.address": "b"}, True),
        ({"size": "12"}, True),
        ({"size": "1"}, False),
        ({"read": "true", "to.name": "A"}, True),
        ({"read.x": "true"}, False),
        ({"to": "a"}, False),
    ],
)
def test_a_filter_follows_its_dots(wanted, is_met):
    made = {
        "headers": {"x.y": "1"},
        "to": [{"address": "a", "name": "A"}, {"address": "b"}],
        "size": 12,
        "read": True,
    }

    assert matches(made, wanted) is is_met


@pytest.mark.parametrize(
    ("query", "shown", "total"),
    [
        ("", ["Third", "Second", "First"], 3),
        ("?limit=1&skip=1", ["Second"], 3),
        ("?sort=asc&limit=2", ["First", "Second"], 3),
        ("?sort=asc&skip=2", ["Third"], 3),
        ("?sort=asc&skip=9", [], 3),
        ("?search=second", ["Second"], 1),
        ("?search=Hi", ["Third", "Second", "First"], 3),
        ("?search=H", ["Third", "Second", "First"], 3),
        ("?search=%22", [], 0),
        ("?unread=true", ["Third", "Second"], 2),
        ("?unread=true&search=first", [], 0),
    ],
)
def test_summaries_come_in_pages(http, sink, three, query, shown, total):
    sink.everything.mark([three[0].id], read=True)

    answer = http.get(f"{API}/api/email/summary{query}").json

    assert (subjects(answer["items"]), answer["total"]) == (shown, total)
    assert (answer["storeTotal"], answer["unread"]) == (3, 2)


def test_a_page_has_a_bound(http, captured):
    captured(mail())

    assert http.get(f"{API}/api/email/summary?limit=5000").json["limit"] == 200
    assert http.get(f"{API}/api/email/summary?limit=0").json["limit"] == 50

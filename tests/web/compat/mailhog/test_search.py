from __future__ import annotations

import pytest

CONTENT = (
    b"From: The Shop <orders@shop.example>\r\nTo: Ada Lovelace <ada@example.org>\r\nX-Test-Id: run-4711\r\n"
    b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nIhr Gew=C3=BCrz kommt.\r\n"
)


@pytest.fixture
def count(http, captured):
    captured(CONTENT, sender="bounce@mta.example", rcpt=["ada@example.org", "hidden@example.org"])
    captured()

    def count(kind, text):
        from urllib.parse import quote

        return http.get(f"/mailhog/api/v2/search?kind={kind}&query={quote(text)}").json["total"]

    return count


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("from", "bounce@mta.example", 1),
        ("from", "THE SHOP", 1),
        ("from", "ders@sho", 1),
        ("from", "ada@example.org", 0),
        ("to", "hidden@", 1),
        ("to", "lovelace", 1),
        ("to", "ada@example.org", 2),
        ("containing", "run-4711", 1),
        ("containing", "un-47", 1),
        ("containing", "GRÜßE", 1),
        ("containing", "gewürz", 1),
        ("containing", "Gew=C3=BC", 1),
        ("containing", "Gew%rz", 0),
        ("containing", "nothing", 0),
    ],
)
def test_a_piece_is_found(count, kind, text, found):
    assert count(kind, text) == found


@pytest.mark.parametrize("query", ["kind=to", "kind=to&query=", "query=x", "kind=subject&query=x"])
def test_a_search_for_nothing_is_refused(http, query):
    assert http.get(f"/mailhog/api/v2/search?{query}").status == 400

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink_web.pages import words

AT = dt.datetime(2026, 11, 24, 14, 32, 7, 418_900, tzinfo=dt.UTC)


def test_a_time_is_shown_in_utc():
    elsewhere = AT.astimezone(dt.timezone(dt.timedelta(hours=9)))

    assert words.clock(elsewhere) == "14:32:07"
    assert words.instant(elsewhere) == "2026-11-24T14:32:07.418Z"
    assert words.moment(elsewhere) == "24 Nov 2026, 14:32:07.418 UTC"


@pytest.mark.parametrize(
    ("date", "name"),
    [
        ("2026-11-24", "Today, 24 November"),
        ("2026-11-23", "Yesterday, 23 November"),
        ("2026-11-02", "2 November"),
        ("2025-11-24", "24 November 2025"),
    ],
)
def test_a_day_has_a_name(date, name):
    assert words.day(dt.date.fromisoformat(date), AT.date()) == name


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(549, "9 min without mail"), (3_600, "1 h without mail"), (5_400, "1 h 30 min without mail")],
)
def test_quiet_is_said_in_minutes_and_hours(seconds, text):
    assert words.quiet(dt.timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.0004, "0.4 ms"), (0.018, "18 ms"), (1.3184, "1.318 s")])
def test_a_span_is_said_in_its_own_unit(seconds, text):
    assert words.duration(seconds) == text


def test_large_numbers_are_grouped():
    assert words.grouped(18412) == "18\u202f412"


@pytest.mark.parametrize(
    ("url", "pieces"),
    [
        ("https://shop.example/a/b?c=/d#e", ("https://shop.example", "/a/b", "?c=/d#e")),
        ("https://shop.example", ("https://shop.example", "", "")),
        ("https://shop.example?x=/y", ("https://shop.example?x=/y", "", "")),
        ("mailto:ada@example.org", ("mailto:ada@example.org", "", "")),
    ],
)
def test_a_web_address_comes_in_three_pieces(url, pieces):
    address = words.web_address(url)

    assert (address.before, address.path, address.after) == pieces
    assert address.href == url


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "JaVaScRiPt:x", "http://[", " x"])
def test_an_address_that_does_harm_leads_nowhere(url):
    assert words.web_address(url).href == ""


@given(st.text(alphabet="htps:/.?#[]@ab ", max_size=40))
def test_the_pieces_of_an_address_are_the_address(url):
    address = words.web_address(url)

    assert address.before + address.path + address.after == url


def test_addresses_in_a_text_are_found_without_the_full_stop():
    assert words.linked("See https://a.example/x. (https://b.example)") == [
        ("See ", ""),
        ("https://a.example/x", "https://a.example/x"),
        (". (", ""),
        ("https://b.example", "https://b.example"),
        (")", ""),
    ]


@given(st.text(alphabet="htps:/. <>)\n", max_size=60))
def test_the_pieces_of_a_text_are_the_text(text):
    assert "".join(piece for piece, _ in words.linked(text)) == text

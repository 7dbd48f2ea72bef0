from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask, Response

from mailsink_web import preferences
from mailsink_web.preferences import Preferences


def asked_with(cookie):
    with Flask("test").test_request_context(headers={"Cookie": cookie}):
        return preferences.preferences()


def test_a_browser_that_chose_nothing_gets_what_holds_for_everybody():
    assert asked_with("") == Preferences() == preferences.preferences()


def test_what_was_chosen_is_read_from_the_cookies():
    chosen = asked_with("mailsink_theme=dark; mailsink_density=roomy; mailsink_times=ago; mailsink_zone=UTC")

    assert chosen == Preferences(theme="dark", density="roomy", times="ago", zone="UTC")


@pytest.mark.parametrize("zone", ["Nowhere/At_All", "../../etc/passwd", "", "x" * 5_000])
def test_a_zone_that_there_is_not_counts_as_none(zone):
    assert asked_with(f"mailsink_zone={zone}").zone == ""


def test_a_zone_tells_the_time():
    at = dt.datetime(2026, 11, 24, 14, 30, tzinfo=dt.UTC)

    assert at.astimezone(Preferences(zone="Asia/Tokyo").tzinfo).hour == 23
    assert Preferences(zone="UTC").tzinfo is Preferences().tzinfo is dt.UTC


def test_only_what_can_be_chosen_is_kept():
    response = Response()

    with Flask("app").test_request_context():
        assert not preferences.keep(response, "theme", "pink")
        assert not preferences.keep(response, "colour", "red")
        assert not preferences.keep(response, "zone", "Nowhere/At_All")
        assert "Set-Cookie" not in response.headers
        assert preferences.keep(response, "zone", "")

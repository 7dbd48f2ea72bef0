from __future__ import annotations

import pytest


def test_the_theme_is_kept_in_a_cookie_and_the_page_comes_back(post):
    answer = post("/preferences", {"theme": "dark", "back": "/sessions?before=x"})

    assert (answer.status, answer.headers["Location"]) == (303, "/sessions?before=x")
    assert "mailsink_theme=dark" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


def test_a_form_keeps_all_that_it_names(post):
    answer = post(
        "/preferences", {"density": "roomy", "times": "ago", "zone": "Asia/Tokyo", "back": "/settings"}
    )

    kept = [line.partition(";")[0] for line in answer.headers.get_all("Set-Cookie")]
    assert kept == ["mailsink_density=roomy", "mailsink_times=ago", "mailsink_zone=Asia/Tokyo"]


@pytest.mark.parametrize(
    ("name", "sentence"), [("theme", b"theme cannot be &#39;pink&#39;."), ("zone", b"such as Europe/Berlin")]
)
def test_what_is_not_offered_is_refused_and_not_kept(post, name, sentence):
    answer = post("/preferences", {name: "pink"})

    assert answer.status == 400
    assert answer.headers["Set-Cookie"] is None
    assert sentence in answer.body


def test_the_page_shows_what_was_chosen(look):
    page = look("/settings", Cookie="mailsink_density=roomy; mailsink_zone=Asia/Tokyo")

    assert 'name="density" value="roomy" checked' in page
    assert 'value="Asia/Tokyo" placeholder' in page
    assert 'data-density="roomy"' in page


def test_times_are_in_the_zone_that_was_chosen(keep, look):
    keep()

    assert ">23:30:00</time>" in look("/", Cookie="mailsink_zone=Asia/Tokyo")
    assert ">14:30:00</time>" in look("/", Cookie="mailsink_zone=Nowhere/At_All")

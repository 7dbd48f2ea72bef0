from __future__ import annotations

import re

import pytest
from sending import in_data


def test_the_rail_counts_each_inbox_and_all_of_them(keep, look):
    keep()
    keep(state={"inbox": "other", "read": True})

    rail = re.search(r'<ul aria-labelledby="rail-inboxes".*?</ul>', look("/"), re.DOTALL)[0]
    words = " ".join(re.sub(r"<[^>]*>", " ", rail).split())

    assert words == "All inboxes 1 unread default 1 unread other 1 message"


def test_one_inbox_needs_no_all(keep, look):
    keep()

    page = look("/")

    assert "All inboxes" not in page
    assert 'href="/" aria-current="page" title="default"' in page
    assert '<h1><bdi data-swap="scope-name">default</bdi>' in page
    assert "Delete all 1 message in “<bdi>default</bdi>”?" in look("/delete-all")


def test_an_inbox_that_was_made_is_in_the_rail_before_its_first_mail(sink, keep, look):
    keep()
    sink.listen(inbox=None)
    sink.inboxes.create("checkout")

    page = look("/")

    assert 'href="/?inbox=checkout" title="checkout"' in page
    assert "Nothing is in <bdi>checkout</bdi> yet." in look("/?inbox=checkout")


def test_an_inbox_that_is_not_there_is_not_taken_for_the_only_one(keep, look):
    keep()

    page = look("/?inbox=other")

    assert "Nothing is in <bdi>other</bdi> yet." in page
    assert 'aria-current="page" title="default"' not in page


def test_the_title_of_a_search_is_the_search(keep, look):
    keep()

    assert "<title>(1) subject:hello · mailsink</title>" in look("/?q=subject:hello")
    assert "<title>(1) default · mailsink</title>" in look("/?q=has:nonsense")


def test_the_rail_names_the_listeners_and_the_store(sink, look):
    page = look("/connect")

    assert f'<dt>SMTP</dt><dd class="mono">{sink.host}:{sink.port}</dd>' in page
    assert "<bdi>memory</bdi>" in page


def test_the_rail_says_how_many_sessions_failed(sink, ended, look):
    assert 'data-swap="rail-failed"></span>' in look("/settings")
    with in_data((sink.host, sink.port)):
        pass
    ended(1)

    assert 'data-swap="rail-failed">1<span class="hidden-text"> failed</span></span>' in look("/settings")


@pytest.mark.parametrize(
    ("cookie", "attribute"),
    [("dark", 'data-theme="dark"'), ("light", 'data-theme="light"'), ("auto", ""), ('"><script>', "")],
    ids=["dark", "light", "auto", "hostile"],
)
def test_the_theme_is_written_into_the_page(look, cookie, attribute):
    opening = re.search(r"<html.*?>", look("/", Cookie=f"mailsink_theme={cookie}"))[0]

    assert re.findall(r'data-theme="\w*"', opening) == ([attribute] if attribute else [])


def test_a_page_says_after_which_event_it_was_written(sink, keep, look):
    keep()

    assert f'data-since="{sink.events.epoch}-{sink.events.number}"' in look("/")


def test_no_page_has_a_script_or_a_style_in_it(keep, look):
    page = look(f"/messages/{keep(html='<p>Hi</p>')}")

    assert re.findall(r"<script(?![^>]*src=)", page) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", page) == []

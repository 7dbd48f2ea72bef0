from __future__ import annotations

import re

import pytest


def code(page):
    return re.search(r'data-as-test.*?data-copy="(.*?)"', page, re.DOTALL)[1]


def test_a_message_shows_as_a_test_that_finds_it_alone(keep, look, read):
    keep(subject="Other")
    wanted = keep(subject="Welcome")

    assert "def test_welcome(mailsink):" in look(f"/messages/{wanted}/as-test")
    assert "Finds this message and not the other one in “ default ”." in read(f"/messages/{wanted}/as-test")


@pytest.mark.parametrize(
    ("language", "first"),
    [
        ("pytest", "def test_"),
        ("python", "from mailsink"),
        ("javascript", "import assert"),
        ("curl", "curl --silent"),
    ],
)
def test_each_language_has_an_address(keep, look, language, first):
    assert code(look(f"/messages/{keep()}/as-test?lang={language}")).startswith(first)


def test_an_unknown_language_is_the_first(keep, look):
    assert "def test_" in look(f"/messages/{keep()}/as-test?lang=cobol")


def test_the_server_is_named_as_the_page_was_asked_for(web, keep, look):
    assert f"http://{web.host}:{web.port}/api/wait" in look(f"/messages/{keep()}/as-test?lang=curl")


def test_a_sender_tells_apart_what_subject_and_recipient_do_not(keep, look):
    keep(reverse_path="other@shop.example")
    wanted = keep()

    assert "sender=&#34;noreply@shop.example&#34;" in look(f"/messages/{wanted}/as-test")


def test_it_says_so_where_nothing_tells_them_apart(keep, read):
    keep()

    assert "Finds 2 messages in “ default ”" in read(f"/messages/{keep()}/as-test")


def test_the_only_message_is_found_alone(keep, read):
    assert "Finds this message and no other in" in read(f"/messages/{keep()}/as-test")


def test_a_message_that_is_not_there_has_no_test(http):
    assert http.get("/messages/nowhere/as-test").status == 404


def test_it_is_reached_from_the_message_and_leads_back(keep, look):
    wanted = keep()

    assert f'href="/messages/{wanted}/as-test?inbox=default"' in look(f"/messages/{wanted}?inbox=default")
    assert f'href="/messages/{wanted}?inbox=default"' in look(f"/messages/{wanted}/as-test?inbox=default")


def test_who_had_to_log_in_is_told_that_a_script_has_to(keep, look):
    address = f"/messages/{keep()}/as-test?lang=python"

    assert "MAILSINK_TOKEN" in look(address, Authorization="Bearer secret")
    assert "MAILSINK_TOKEN" not in look(address)


def test_what_a_mail_says_stays_words(keep, look):
    page = look(f"/messages/{keep(subject='</code><script>alert(1)</script>')}/as-test")

    assert "<script>alert" not in page

from __future__ import annotations

import re

import pytest


def unread(sink):
    return sink.everything.counts().unread


def test_the_ticked_messages_are_marked_read(sink, keep, post):
    first, second = keep(), keep()

    answer = post("/messages", {"do": "read", "id": [first], "inbox": "default"})

    assert (answer.status, answer.headers["Location"]) == (303, "/?inbox=default")
    assert not sink.everything.get(second).read
    assert unread(sink) == 1


def test_the_ticked_messages_are_deleted_and_the_list_stays_where_it_was(sink, keep, post):
    ids = [keep() for _ in range(3)]

    answer = post("/messages", {"do": "delete", "id": ids[:2], "q": "welcome", "before": ids[2]})

    where, _, token = answer.headers["Location"].partition("&undo=")
    assert where == f"/?q=welcome&before={ids[2]}"
    assert len(token) == 16
    assert [message.id for message in sink.everything] == [ids[2]]


def test_all_of_an_inbox_are_marked_read_and_no_others(sink, keep, post):
    keep()
    keep(state={"inbox": "other"})

    post("/messages", {"do": "read-all", "inbox": "other"})

    assert sink.inboxes["other"].counts().unread == 0
    assert unread(sink) == 1


def test_with_a_search_only_what_it_finds_is_marked_or_deleted(sink, keep, post):
    keep(subject="Invoice")
    kept = keep(subject="Welcome")

    post("/messages", {"do": "read-all", "q": "subject:invoice"})
    assert unread(sink) == 1
    answer = post("/messages", {"do": "delete-all", "q": "subject:invoice"})

    assert answer.headers["Location"] == "/"
    assert [message.id for message in sink.everything] == [kept]


@pytest.mark.parametrize("what", ["read-all", "delete-all"])
def test_a_search_that_cannot_be_read_changes_nothing(sink, keep, post, what):
    keep()

    post("/messages", {"do": what, "q": "has:nonsense"})

    assert (sink.everything.counts().total, unread(sink)) == (1, 1)


def test_everything_of_an_inbox_is_deleted(sink, keep, post):
    keep()
    keep(state={"inbox": "other"})

    post("/messages", {"do": "delete-all", "inbox": "other"})

    assert list(sink.inboxes) == ["default"]


def test_one_message_is_marked_read_and_shown_again(sink, keep, post):
    message_id = keep()

    answer = post(f"/messages/{message_id}", {"do": "read"})

    assert answer.headers["Location"] == f"/messages/{message_id}"
    assert sink.everything.get(message_id).read


def test_one_message_marked_unread_leads_back_to_the_list(sink, keep, post):
    message_id = keep(state={"read": True})

    answer = post(f"/messages/{message_id}", {"do": "unread"})

    assert answer.headers["Location"] == "/"
    assert not sink.everything.get(message_id).read


def test_after_one_is_deleted_the_next_is_shown(sink, keep, post):
    oldest, middle, newest = keep(), keep(), keep()

    def shown_after(message_id):
        return re.split(r"[?&]undo=", post(f"/messages/{message_id}", {"do": "delete"}).headers["Location"])[
            0
        ]

    assert shown_after(middle) == f"/messages/{oldest}"
    assert shown_after(oldest) == f"/messages/{newest}"
    assert shown_after(newest) == "/"
    assert sink.everything.counts().total == 0


def test_what_was_deleted_is_offered_back_and_comes_back_to_its_place(sink, keep, post, look):
    ids = [keep(subject=f"Mail {number}") for number in range(3)]
    where = post("/messages", {"do": "delete", "id": ids[:2]}).headers["Location"]
    page = look(where)
    token = re.search(r'name="token" value="(\w+)"', page)[1]

    assert "2 messages deleted" in page
    answer = post("/undo", {"token": token, "back": "/?q=mail"})

    assert (answer.status, answer.headers["Location"]) == (303, "/?q=mail")
    assert [message.id for message in sink.everything] == ids
    assert "deleted" not in re.search(r"data-toasts>.*?<template", look(where), re.DOTALL)[0]


def test_what_cannot_be_undone_any_more_says_so(post):
    answer = post("/undo", {"token": "gone", "back": "/"})

    assert answer.status == 410
    assert b"This cannot be undone any more." in answer.body


def test_an_undoing_leads_nowhere_else(keep, post):
    where = post("/messages", {"do": "delete", "id": [keep()]}).headers["Location"]

    answer = post("/undo", {"token": where.partition("undo=")[2], "back": "//evil.example"})

    assert answer.headers["Location"] == "/"


def test_the_ticked_messages_are_starred_and_unstarred(sink, keep, post):
    first, second = keep(), keep()

    post("/messages", {"do": "star", "id": [first, second]})
    post("/messages", {"do": "unstar", "id": [second]})

    assert [message.starred for message in sink.everything] == [True, False]


def test_a_star_is_turned_by_its_own_button(sink, keep, post):
    ticked, pressed = keep(), keep()

    post("/messages", {"star": pressed, "id": [ticked]})
    assert [message.starred for message in sink.everything] == [False, True]
    post("/messages", {"star": pressed, "id": [ticked]})

    assert [message.starred for message in sink.everything] == [False, False]


def test_a_tag_is_added_to_those_that_are_there_and_taken_away(sink, keep, post):
    first, second = keep(state={"tags": ("old",)}), keep()

    post("/messages", {"do": "tag", "tag": " new ", "id": [first, second]})
    assert [message.tags for message in sink.everything] == [("old", "new"), ("new",)]
    post("/messages", {"do": "untag", "tag": "NEW", "id": [first, second]})

    assert [message.tags for message in sink.everything] == [("old",), ()]


def test_enter_tags_only_where_a_tag_was_written(sink, keep, post):
    message_id = keep()

    assert post("/messages", {"do": "enter", "tag": "", "id": [message_id]}).status == 303
    post("/messages", {"do": "enter", "tag": "checkout", "id": [message_id]})

    assert sink.everything.get(message_id).tags == ("checkout",)


def test_one_message_is_tagged_and_shown_again(sink, keep, post):
    message_id = keep()

    answer = post(f"/messages/{message_id}", {"do": "enter", "tag": "checkout"})
    assert answer.headers["Location"] == f"/messages/{message_id}"
    assert sink.everything.get(message_id).tags == ("checkout",)
    post(f"/messages/{message_id}", {"do": "untag", "tag": "checkout"})

    assert sink.everything.get(message_id).tags == ()


@pytest.mark.parametrize("tag", ["", "  ", "x" * 101])
def test_a_tag_that_is_none_is_refused(sink, keep, post, tag):
    answer = post("/messages", {"do": "tag", "tag": tag, "id": [keep()]})

    assert answer.status == 400
    assert b"A tag has 1 to 100 characters." in answer.body


@pytest.mark.parametrize("path", ["/messages", "/messages/x"])
def test_an_unknown_action_is_refused(post, path):
    answer = post(path, {"do": "explode"})

    assert answer.status == 400
    assert b"There is no action &#39;explode&#39;." in answer.body


def test_a_form_of_another_site_changes_nothing(sink, keep, post):
    keep()

    answer = post("/messages", {"do": "delete-all"}, Origin="http://evil.example")

    assert answer.status == 403
    assert sink.everything.counts().total == 1


def test_the_pages_let_a_browser_say_that_a_form_is_theirs(http):
    assert http.get("/").headers["Referrer-Policy"] == "same-origin"


def test_deleting_everything_is_asked_about_first(sink, keep, look):
    keep()
    keep(state={"inbox": "other", "read": True})

    page = " ".join(look("/delete-all?inbox=default").split())

    assert "Delete all 1 message in “<bdi>default</bdi>”?" in page
    assert "1 of them is unread. Other inboxes keep theirs. This cannot be undone." in page
    assert "All of them are read." in look("/delete-all?inbox=other")
    assert sink.everything.counts().total == 2

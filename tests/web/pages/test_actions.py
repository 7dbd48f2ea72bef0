from __future__ import annotations

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

    assert answer.headers["Location"] == f"/?q=welcome&before={ids[2]}"
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

    assert post(f"/messages/{middle}", {"do": "delete"}).headers["Location"] == f"/messages/{oldest}"
    assert post(f"/messages/{oldest}", {"do": "delete"}).headers["Location"] == f"/messages/{newest}"
    assert post(f"/messages/{newest}", {"do": "delete"}).headers["Location"] == "/"
    assert sink.everything.counts().total == 0


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


def test_the_theme_is_kept_in_a_cookie_and_the_page_comes_back(post):
    answer = post("/preferences", {"theme": "dark", "back": "/sessions?before=x"})

    assert (answer.status, answer.headers["Location"]) == (303, "/sessions?before=x")
    assert "mailsink_theme=dark" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


def test_an_unknown_theme_is_not_kept(post):
    assert post("/preferences", {"theme": "pink"}).headers["Set-Cookie"] is None

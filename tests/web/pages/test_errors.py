from __future__ import annotations


def test_a_message_that_is_not_there_is_said_to_be_missing(http, keep):
    keep()

    answer = http.get("/messages/nowhere")

    assert answer.status == 404
    assert b"There is no message with the id nowhere." in answer.body
    assert b"It may have been deleted. 1 message is here." in answer.body


def test_a_session_that_is_not_there_is_said_to_be_missing(http):
    answer = http.get("/sessions/nowhere")

    assert answer.status == 404
    assert b"There is no session with the id nowhere." in answer.body
    assert b"Only the newest sessions are kept." in answer.body


def test_what_was_asked_for_is_shown_as_text(http):
    assert b"<script>" not in http.get("/messages/%3Cscript%3E").body

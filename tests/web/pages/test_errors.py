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


def test_a_person_gets_a_page_where_there_is_none_and_a_program_a_line(http):
    shown = http.get("/nowhere", Accept="text/html,*/*;q=0.8")

    assert shown.status == 404
    assert b"There is no page at this address." in shown.body
    assert b"<nav" in shown.body
    assert b"<nav" not in http.get("/nowhere").body


def test_an_address_of_forms_has_nothing_to_look_at(http):
    shown = http.get("/undo", Accept="text/html")

    assert shown.status == 405
    assert b"This address does something when a form is sent to it." in shown.body


def test_what_goes_wrong_here_is_said_without_its_details(sink, http):
    http.get("/")
    sink.close()

    shown = http.get("/", Accept="text/html")

    assert shown.status == 500
    assert b"Traceback" not in shown.body


def test_whoever_may_not_come_in_sees_nothing_of_a_page(http, keep):
    keep(state={"inbox": "secret-inbox"})

    refused = http.get("/", Host="evil.example", Accept="text/html")

    assert refused.status == 403
    assert b"secret-inbox" not in refused.body

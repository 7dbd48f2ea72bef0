from __future__ import annotations

import smtplib
import threading

import pytest
from sending import mail, send

from mailsink.errors import ConfigError, QueryError, RequestError
from mailsink.mcp.wording import NOTICE

CONFIRM = "Your code is 493817. Confirm: https://shop.example/confirm?t=1"


def test_it_says_where_to_send_mail_to(tools, sink, web):
    answer = tools.get_server()

    assert f"SMTP 127.0.0.1:{sink.port}, TLS: none" in answer.text
    assert answer.data["smtp"] == [
        {"host": "127.0.0.1", "port": sink.port, "tls": "none", "inbox": "default"}
    ]
    assert answer.data["url"] == web.url


def test_messages_are_listed_and_searched(tools, put):
    first, second = put("Welcome"), put("Invoice")

    everything, found = tools.search_messages(), tools.search_messages("subject:welcome")

    assert [one["id"] for one in everything.data["messages"]] == [second.id, first.id]
    assert (found.data["total"], found.data["messages"][0]["subject"]) == (1, "Welcome")
    assert "1 of 1 messages" in found.text
    assert NOTICE in found.text
    assert tools.search_messages("subject:none").text == "No message matches."


def test_a_search_that_cannot_be_read_says_where(tools):
    with pytest.raises(QueryError, match="larger"):
        tools.search_messages("larger:x")


def test_a_message_is_read(tools, put):
    own = put("Confirm", CONFIRM)

    answer = tools.get_message(own.id)

    assert f"Message {own.id} in the inbox default" in answer.text
    assert CONFIRM in answer.text
    assert answer.data["message"]["codes"][0]["value"] == "493817"
    assert answer.data["untrusted"] == NOTICE
    assert tools.get_message().data["message"]["id"] == own.id


def test_a_message_that_is_not_there_says_what_to_do(tools):
    with pytest.raises(RequestError, match="there is no message yet; search_messages lists"):
        tools.get_message()
    with pytest.raises(RequestError, match="there is no message x y; search_messages lists"):
        tools.get_message("x\ny")


def test_waiting_ends_when_the_message_comes(tools, put, web):
    waiting = threading.Thread(target=lambda: web.seats.wait_taken(1, timeout=10) and put("Later"))
    waiting.start()

    answer = tools.wait_for_message("subject:later", timeout=10)

    waiting.join()
    assert answer.data["found"]
    assert answer.data["message"]["subject"] == "Later"


def test_waiting_counts_only_what_is_newer(tools, put):
    old = put("Welcome")

    answer = tools.wait_for_message("subject:welcome", timeout=0, after=old.id)

    assert not answer.data["found"]


def test_when_nothing_comes_it_says_what_came_instead(tools, put):
    put("Welcome")

    answer = tools.wait_for_message("subject:invoice", timeout=0)

    assert answer.text.startswith("No message matched within 0 s.\n")
    assert "Welcome" in answer.data["explanation"]
    assert NOTICE in answer.text


def test_links_and_codes_are_found(tools, put):
    put("Confirm", CONFIRM)

    links, codes = tools.extract_links(kind="confirm"), tools.extract_code()

    assert [link["url"] for link in links.data["links"]] == ["https://shop.example/confirm?t=1"]
    assert (codes.data["code"], codes.text.splitlines()[3][:6]) == ("493817", "493817")


def test_a_message_without_says_so(tools, put):
    own = put("Hello", "Nothing here")

    assert tools.extract_links().text == f"There is no link in the message {own.id}."
    assert tools.extract_code().data["code"] is None


def test_an_assertion_holds_or_says_how_it_does_not(tools, put):
    own = put("Welcome")

    holds = tools.assert_message(rcpt="ada@example.org", subject="Welcome", timeout=0)
    fails = tools.assert_message(subject="Invoice", timeout=0)
    none = tools.assert_message(subject="Invoice", count=0, timeout=0)

    assert holds.data == {"passed": True, "ids": [own.id]}
    assert not fails.data["passed"]
    assert "Welcome" in fails.text
    assert none.data["passed"]


def test_one_inbox_is_asked_alone(tools, sink, put):
    other = sink.listen(inbox="other")
    send((other.host, other.port), mail("Elsewhere"))
    put("Here")

    assert [one["name"] for one in tools.list_inboxes().data["inboxes"]] == ["default", "other"]
    assert tools.search_messages(inbox="other").data["total"] == 1
    assert "There is no mail" not in tools.list_inboxes().text


def test_a_fault_is_added_counted_and_cleared(tools, put):
    added = tools.add_fault({"stage": "rcpt", "reply": "452 4.2.2 Mailbox full"})
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        put()
    listed, cleared = tools.list_faults(), tools.clear_faults()

    assert added.data["rule"]["rule"] == {"stage": "rcpt", "reply": "452 4.2.2 Mailbox full"}
    assert [one["fired"] for one in listed.data["rules"]] == [1]
    assert cleared.text == "Took out 1 fault rules."
    assert tools.list_faults().text == "There is no fault rule."


def test_a_wrong_fault_says_what_is_allowed(tools):
    with pytest.raises(ConfigError, match="did you mean"):
        tools.add_fault({"stage": "rcpt", "replay": "452"})

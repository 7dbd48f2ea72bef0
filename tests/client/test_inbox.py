from __future__ import annotations

import re
import smtplib
import threading

import pytest
from sending import in_data, mail, send

from mailsink import ExpectationError


def test_a_failure_s_text_is_that_of_the_sink_s_own_inbox(client, put, sink):
    put("Welcome back", "Hi")
    client.faults.add(stage="rcpt", reply="450 4.2.0 Later", times=1)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        put("Welcome")

    texts = []
    for inbox in (sink.everything, client):
        with pytest.raises(ExpectationError) as error:
            inbox.expect(subject="Welcome", text=re.compile("Hello"), timeout=0)
        texts.append(re.sub(r" after \d\.\d\d s", "", str(error.value)))

    assert texts[0] == texts[1]
    assert "answered 450 4.2.0 Later to RCPT" in texts[1]


@pytest.mark.parametrize("moment", ["before", "during"])
def test_a_wait_gets_its_mail_whenever_it_comes(client, put, moment, later):
    if moment == "before":
        put("Welcome")
    else:
        later(put, "Welcome")

    assert client.expect(subject="Welcome").text.strip() == "Hi"


def test_conditions_that_no_search_can_say_are_waited_for(client, put, later):
    later(put, "Welcome 17")

    assert client.expect(subject=re.compile(r"\d"), where=lambda m: "Hi" in m.text)


def test_none_is_expected(client, put):
    client.expect_none(within=0.01)
    put("Welcome")

    with pytest.raises(ExpectationError, match="expected no message, got 1"):
        client.expect_none(subject="Welcome")


def test_one_too_many_is_noticed(client, put):
    put("Welcome")
    put("Welcome")

    with pytest.raises(ExpectationError, match="expected 1 message, got 2"):
        client.expect(subject="Welcome")


@pytest.mark.parametrize("subject", ["Welcome", re.compile("Welcome")], ids=["a text", "a pattern"])
def test_a_match_is_looked_at_again_while_somebody_sends(client, put, sink, later, subject):
    put("Welcome")
    with in_data((sink.host, sink.port), mail("Welcome")) as second:
        # More of the same once it is expected.
        later(second.ask, b"\r\n.")

        with pytest.raises(ExpectationError, match="expected 1 message, got 2"):
            client.expect(subject=subject)


def test_twenty_waiters_get_each_its_own(client, sink):
    found = {}

    def wait(number):
        found[number] = client.expect(subject=f"To {number}", timeout=20).subject

    threads = [threading.Thread(target=wait, args=[number]) for number in range(20)]
    for thread in threads:
        thread.start()
    for number in range(20):
        send((sink.host, sink.port), mail(f"To {number}"))
    for thread in threads:
        thread.join()

    assert found == {number: f"To {number}" for number in range(20)}


def test_inboxes_are_apart(client, sink, put):
    other = sink.listen(inbox="other")
    send((other.host, other.port), mail("There"))
    put("Here")

    assert client.inboxes["other"].expect().subject == "There"
    assert client.inboxes["default"].expect().subject == "Here"
    assert client.expect(count=2)
    assert [*client.inboxes] == ["default", "other"]
    assert len(client.inboxes) == 2
    assert "other" in client.inboxes


def test_one_inbox_changes_its_own_alone(client, put):
    own = put()

    assert client.inboxes["other"].delete([own.id]) == 0
    assert client.inboxes["default"].mark([own.id], read=True) == 1
    assert client.delete([own.id]) == 1


def test_a_failure_in_an_inbox_names_its_listener(client, sink):
    other = sink.listen(inbox="other")

    with pytest.raises(ExpectationError) as error:
        client.inboxes["other"].expect(timeout=0)

    assert f"(sink {other.address})" in str(error.value)


def test_what_is_deleted_meanwhile_is_no_near_miss(client, put, sink):
    put("Other")

    with client.waiter("subject:none") as waiter:
        outcome = waiter.wait(1, 0)
    sink.store.clear()

    assert "no message came" in client.explain(waiter.query, 1, outcome)


def test_attempts_are_those_of_the_sink(client, sink, put):
    fault = client.faults.add(stage="rcpt", reply="450 4.2.0 Later", times=1)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        put("Again")
    put("Again")

    (mailing,) = client.attempts()
    (own,) = sink.everything.attempts()

    assert (mailing.key, mailing.codes, mailing.captured) == (own.key, own.codes, own.captured)
    assert mailing.envelope == own.envelope
    assert fault.hits == 1


def test_sessions_are_the_server_s(client, sink, put):
    own = put()

    assert [one.id for one in client.sessions.list()] == [one.id for one in sink.sessions.list()]
    assert client.sessions.ids() == sink.sessions.ids()
    assert client.sessions.began_at(own) == sink.sessions.began_at(own)
    assert client.sessions.get("gone") is None

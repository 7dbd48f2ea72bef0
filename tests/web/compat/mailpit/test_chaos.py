from __future__ import annotations

import smtplib

import pytest
from sending import mail, send

API = "/mailpit/api/v1"
CALM = {
    "Sender": {"ErrorCode": 451, "Probability": 0},
    "Recipient": {"ErrorCode": 451, "Probability": 0},
    "Authentication": {"ErrorCode": 535, "Probability": 0},
}


def put(http, body, place="/mailpit"):
    return http.ask("PUT", f"{place}/api/v1/chaos", json_body=body)


def test_there_is_no_chaos_at_first(http):
    assert http.get(f"{API}/chaos").json == CALM


def test_a_trigger_refuses(http, sink):
    answer = put(http, {"recipient": {"errorcode": 550, "probability": 100}})

    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send((sink.host, sink.port))

    assert answer.json == CALM | {"Recipient": {"ErrorCode": 550, "Probability": 100}}
    assert refused.value.recipients["ada@example.org"] == (550, b"Chaos recipient error")


def test_a_sender_is_refused_and_the_session_goes_on(http, sink):
    put(http, {"Sender": {"Probability": 100}})

    with smtplib.SMTP(sink.host, sink.port) as client:
        client.ehlo()
        assert client.mail("a@example.org") == (451, b"Chaos sender error")
        assert client.noop()[0] == 250


def test_what_is_left_out_is_switched_off(http, sink):
    put(http, {"Sender": {"ErrorCode": 421, "Probability": 100}})

    assert put(http, {}).json == CALM | {"Sender": {"ErrorCode": 451, "Probability": 0}}
    send((sink.host, sink.port))
    assert len(sink.inbox) == 1


@pytest.mark.parametrize(
    "body",
    [{"Sender": {"ErrorCode": 399}}, {"Sender": {"ErrorCode": 600}}, {"Sender": {"Probability": 101}}, []],
)
def test_a_wrong_trigger_changes_nothing(http, sink, body):
    assert put(http, body).status == 400
    assert len(sink.faults) == 0


def test_triggers_of_one_inbox_leave_the_others_alone(http, sink):
    other = sink.listen(inbox="other")

    put(http, {"Sender": {"Probability": 100}}, "/inboxes/other/mailpit")

    send((sink.host, sink.port), mail())
    with pytest.raises(smtplib.SMTPSenderRefused):
        send((other.host, other.port), mail())
    assert http.get(f"{API}/chaos").json == CALM

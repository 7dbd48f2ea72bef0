from __future__ import annotations

import smtplib

import pytest
from sending import send

JIM = "/mailhog/api/v2/jim"
CALM = {
    "DisconnectChance": 0.0,
    "AcceptChance": 1.0,
    "LinkSpeedAffect": 0.0,
    "LinkSpeedMin": 1024.0,
    "LinkSpeedMax": 10240.0,
    "RejectSenderChance": 0.0,
    "RejectRecipientChance": 0.0,
    "RejectAuthChance": 0.0,
}


def test_jim_is_not_here_at_first(http):
    for method in ("GET", "PUT", "DELETE"):
        assert http.ask(method, JIM, body=b"{}" if method == "PUT" else None).status == 404


def test_jim_comes_with_his_usual_chances(http):
    assert http.ask("POST", JIM).status == 201
    assert http.get(JIM).json == {
        "DisconnectChance": 0.005,
        "AcceptChance": 0.99,
        "LinkSpeedAffect": 0.1,
        "LinkSpeedMin": 1024.0,
        "LinkSpeedMax": 10240.0,
        "RejectSenderChance": 0.05,
        "RejectRecipientChance": 0.05,
        "RejectAuthChance": 0.05,
    }


def test_jim_comes_once(http):
    http.ask("POST", JIM)

    assert http.ask("POST", JIM).status == 400


def test_jim_refuses(http, sink):
    http.ask("POST", JIM, json_body=CALM | {"RejectRecipientChance": 1})

    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send((sink.host, sink.port))

    assert refused.value.recipients["ada@example.org"] == (550, b"Invalid recipient")


def test_jim_closes_the_door(http, sink):
    http.ask("POST", JIM, json_body=CALM | {"AcceptChance": 0})

    with pytest.raises(smtplib.SMTPServerDisconnected):
        send((sink.host, sink.port))


def test_jim_is_changed(http, sink):
    http.ask("POST", JIM)

    answer = http.ask("PUT", JIM, json_body=CALM | {"LinkSpeedAffect": 1, "LinkSpeedMin": 5_000_000})

    assert answer.status == 200
    assert http.get(JIM).json == CALM | {"LinkSpeedAffect": 1.0, "LinkSpeedMin": 5_000_000.0}


@pytest.mark.parametrize("body", [b"", b"[]", b'{"AcceptChance": 2}', b'{"LinkSpeedMin": -1}'])
def test_what_cannot_be_read_changes_nothing(http, body):
    http.ask("POST", JIM, json_body=CALM)

    assert http.ask("PUT", JIM, body=body).status == 400
    assert http.get(JIM).json == CALM


def test_jim_goes(http, sink):
    http.ask("POST", JIM, json_body={})

    assert http.delete(JIM).status == 200
    send((sink.host, sink.port))
    assert len(sink.inbox) == 1
    assert len(sink.faults) == 0

from __future__ import annotations

import smtplib
from urllib.parse import quote

import pytest
from sending import mail, send

from mailsink import Sink, StartError
from mailsink.inboxes import NAME_WORDS, Inboxes


@pytest.fixture
def sink(request):
    with Sink(smtp=()) as sink:
        sink.listen(*getattr(request, "param", ("127.0.0.1", 0)), inbox=None)
        yield sink


def test_inboxes_are_listed_with_their_counts(http, sink):
    other = sink.listen(inbox="other")
    sink.listen(inbox="empty")
    send((sink.host, sink.port))
    send((other.host, other.port), mail())
    http.post("/api/inboxes", {"name": "made", "login": False})

    listed = http.get("/api/inboxes").json["inboxes"]

    assert [(x["name"], x["total"], x["unread"], x["tag"]) for x in listed] == [
        ("default", 1, 1, None),
        ("empty", 0, 0, None),
        ("made", 0, 0, "made"),
        ("other", 1, 1, None),
    ]


def test_asking_for_an_inbox_does_not_make_it(http):
    http.get("/api/messages?inbox=made-up")

    assert http.get("/api/inboxes").json["inboxes"] == []


def test_an_inbox_is_made_with_a_login_and_a_tag(http, sink):
    answer = http.post("/api/inboxes", {})

    made = answer.json
    assert answer.status == 201
    assert answer.headers["Location"] == f"/api/inboxes/{made['name']}"
    assert made["user"] == made["tag"] == made["name"]
    assert (made["listener"], made["expires_at"], made["total"]) == (None, None, 0)
    with smtplib.SMTP(sink.host, sink.port) as client:
        client.login(made["user"], made["password"])
        client.sendmail("shop@example.com", ["ada@example.org"], mail())
    assert http.get(f"/api/inboxes/{made['name']}").json["total"] == 1


def test_the_password_is_told_once(http):
    made = http.post("/api/inboxes", {}).json

    assert "password" not in http.get(f"/api/inboxes/{made['name']}").json


def test_an_inbox_has_a_listener_of_its_own(http, sink):
    made = http.post("/api/inboxes", {"listener": True, "expires_in": 60}).json

    send((made["listener"]["host"], made["listener"]["port"]))

    assert http.get(f"/api/messages?inbox={made['name']}").json["total"] == 1
    assert made["listener"]["tls"] == "none"
    assert made["expires_at"] > made["created_at"]


def test_a_listener_differs_as_asked(http, sink):
    listener = {"tls": "required", "auth_required": True, "max_size": 1000, "hide": ["PIPELINING"]}

    made = http.post("/api/inboxes", {"listener": listener}).json

    opened = sink.listeners[-1]
    assert (made["listener"]["tls"], opened.inbox) == ("starttls", made["name"])
    assert (opened.policy.require_tls, opened.policy.require_auth) == (True, True)
    assert (opened.policy.max_size, "PIPELINING" in opened.policy.extensions) == (1000, False)


def test_a_listener_takes_a_login_of_choice(http):
    own = {"auth_required": True, "user": "shop", "password": "s3cret"}

    made = http.post("/api/inboxes", {"login": False, "listener": own}).json

    with smtplib.SMTP(made["listener"]["host"], made["listener"]["port"]) as client:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("shop", "wrong")
        client.login("shop", "s3cret")
        client.sendmail("shop@example.com", ["ada@example.org"], mail())
    assert http.get(f"/api/inboxes/{made['name']}").json["total"] == 1


@pytest.mark.parametrize("sink", [("0.0.0.0", 0)], indirect=True)
def test_a_listener_on_every_address_is_told_as_the_server_was_asked(http, sink):
    made = http.post("/api/inboxes", {"listener": True}).json

    assert made["listener"]["host"] == "127.0.0.1"
    assert sink.listeners[-1].host == "0.0.0.0"


def test_an_inbox_is_deleted_with_its_mail(http, sink):
    made = http.post("/api/inboxes", {"listener": True}).json
    send((made["listener"]["host"], made["listener"]["port"]))

    answer = http.delete(f"/api/inboxes/{made['name']}")

    assert answer.json == {"deleted": 1}
    assert http.get(f"/api/inboxes/{made['name']}").status == 404
    assert len(sink.listeners) == 1


def test_an_inbox_whose_name_is_any_login_is_read_and_deleted(http, sink):
    listener = sink.listen(inbox="team/a #1")
    send((listener.host, listener.port))
    path = f"/api/inboxes/{quote('team/a #1', safe='')}"

    assert http.get(path).json["total"] == 1
    assert http.delete(path).json == {"deleted": 1}


def test_an_inbox_that_is_not_there_is_a_404_that_says_so(http):
    answer = http.delete("/api/inboxes/x")

    assert answer.status == 404
    assert answer.json["detail"] == ("There is no inbox 'x': it was not made, and holds no message.")


def test_a_name_that_is_taken_is_a_conflict(http):
    http.post("/api/inboxes", {"name": "mine"})

    answer = http.post("/api/inboxes", {"name": "mine"})

    assert answer.status == 409
    assert answer.json["detail"] == ("The inbox mine is there already; choose another name, or leave it out.")


def test_no_port_is_a_503(http, monkeypatch):
    def create(*_, **__):
        raise StartError("no port is free")

    monkeypatch.setattr(Inboxes, "create", create)

    answer = http.post("/api/inboxes", {})

    assert (answer.status, answer.json["detail"]) == (503, "No port is free.")


@pytest.mark.parametrize(
    ("body", "field", "detail"),
    [
        (
            {"name": "A b"},
            "name",
            f"name must be {NAME_WORDS}, not 'A b'.",
        ),
        ({"listener": {"port": 25}}, "listener.port", "There is no member 'listener.port'."),
        (
            {"listener": {"tls": "ssl"}},
            "listener.tls",
            'listener must be true or false or an object, not {"tls":"ssl"}.',
        ),
        ({"expires_in": 0}, "expires_in", "expires_in must be a number from 0.001 to 604800 or null, not 0."),
        (
            {"login": False, "listener": {"auth_required": True}},
            "listener.auth_required",
            "auth_required needs a login: leave login out.",
        ),
        ({"listener": {"password": "x"}}, "listener.user", "A password needs its user: give user too."),
    ],
)
def test_a_wrong_wish_is_answered_with_its_place(http, body, field, detail):
    answer = http.post("/api/inboxes", body)

    assert (answer.status, answer.json["field"]) == (400, field)
    assert answer.json["detail"] == detail

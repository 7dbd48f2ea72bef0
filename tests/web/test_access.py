from __future__ import annotations

import socket
from base64 import b64encode

import pytest
from asking import Http, Stream

from mailsink.passwords import Login, Logins, digest
from mailsink_web.access import Access, read_credentials
from mailsink_web.app import create_app
from mailsink_web.server import serve

FULL, READ = "full-secret", "read-secret"
ADA = Login("ada", digest("s3cret", cost=16))
ACCESS = Access(tokens=(FULL,), read_tokens=(READ,), users=Logins([ADA]))


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def basic(user, password):
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


@pytest.fixture
def web(sink):
    with serve(sink, port=0, tokens=[FULL], read_tokens=[READ]) as web:
        yield web


@pytest.fixture
def http(web):
    http, knowing = Http(web.host, web.port), Http(web.host, web.port, headers=bearer(FULL))
    http._contract = knowing.contract
    knowing.close()
    yield http
    http.close()


@pytest.mark.parametrize(
    ("sent", "level"),
    [
        (bearer(FULL), "full"),
        (bearer(READ), "read"),
        ({"Authorization": f"bearer  {FULL}"}, "full"),
        (basic("", FULL), "full"),
        (basic("anybody", READ), "read"),
        (basic("ada", "s3cret"), "full"),
        (basic("grace", "s3cret"), None),
        (bearer("s3cret"), None),
        (bearer(""), None),
        (bearer(FULL + "x"), None),
        ({"Authorization": "Basic ???"}, None),
        ({"Authorization": "Basic w6TDpA"}, None),
    ],
)
def test_a_secret_allows_what_it_is_for(sent, level):
    assert ACCESS.level(read_credentials(sent["Authorization"])) == level


@pytest.mark.parametrize("sent", ["", "Digest full-secret", "full-secret"])
def test_other_credentials_are_none(sent):
    assert read_credentials(sent) is None


def test_without_secrets_nothing_is_asked_for():
    assert not Access()
    assert Access(users=Logins([ADA]))


def test_secrets_are_not_shown():
    assert "s3cret" not in repr(ACCESS)
    assert FULL not in repr(ACCESS)
    assert "scrypt" not in repr(ACCESS) + repr(ADA)
    assert FULL not in repr(read_credentials(f"Bearer {FULL}"))


@pytest.mark.parametrize(
    "path", ["/", "/connect", "/api/messages", "/api/v1/info", "/mailpit/api/v1/messages", "/static/app.css"]
)
def test_without_a_token_nothing_is_shown(http, captured, path):
    captured()

    answer = http.get(path)

    assert answer.status == 401
    assert answer.headers.get_all("WWW-Authenticate") == [
        'Bearer realm="mailsink"',
        'Basic realm="mailsink", charset="UTF-8"',
    ]
    assert b"Hello" not in answer.body


def test_the_api_says_what_is_missing(http):
    assert http.get("/api/messages").json["detail"] == "This server asks for a token, and none was sent"
    assert http.ask("GET", "/api/messages", headers=bearer("wrong")).json["detail"] == (
        "This server asks for a token, and what was sent is not right"
    )


@pytest.mark.parametrize("path", ["/api/livez", "/api/readyz"])
def test_a_probe_needs_no_token(http, path):
    assert http.get(path).json == {"status": "ok"}


def test_nor_does_one_that_was_written_for_mailpit(http):
    assert http.get("/livez").status == http.get("/mailpit/readyz").status == 200


def test_a_token_does_everything(http, captured):
    captured()

    assert http.ask("GET", "/", headers=basic("me", FULL)).status == 200
    assert http.ask("DELETE", "/api/messages", headers=bearer(FULL)).json == {"deleted": 1}


def test_a_token_for_reading_reads_waits_and_asserts(http, captured):
    captured()

    assert http.ask("GET", "/api/wait", headers=bearer(READ)).status == 200
    assert http.ask("POST", "/api/assert", json_body={}, headers=bearer(READ)).status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/messages"),
        ("PATCH", "/api/messages"),
        ("POST", "/api/inboxes"),
        ("POST", "/api/assert/"),
        ("DELETE", "/api/v1/messages"),
        ("POST", "/delete"),
    ],
)
def test_a_token_for_reading_changes_nothing(http, sink, captured, method, path):
    captured()

    answer = http.ask(method, path, headers=bearer(READ))

    assert answer.status == 403
    assert b"may read and change nothing" in answer.body
    assert len(sink.everything) == 1


def test_users_are_told_of_their_own_way(sink):
    client = create_app(sink, access=Access(users=Logins([ADA]))).test_client()

    refused = client.get("/api/messages")

    assert refused.headers.getlist("WWW-Authenticate") == ['Basic realm="mailsink", charset="UTF-8"']
    assert refused.json["detail"] == "This server asks for a user name and its password, and none was sent"
    assert client.get("/api/messages", headers=basic("ada", "s3cret")).status_code == 200


def test_a_host_that_is_not_ours_is_refused_before_anybody_is_asked(http):
    assert http.get("/api/messages", Host="evil.example").status == 403


@pytest.fixture
def asking_ada(sink):
    """A server that asks for ada's password, and a client of it."""
    with serve(sink, port=0, users=[ADA]) as web:
        http = Http(web.host, web.port, headers=basic("ada", "s3cret"))
        http.contract  # noqa: B018 - read while nobody has been wrong
        yield http
        http.close()


@pytest.mark.parametrize(
    "path", ["/", "/api/messages", "/api/stream", "/mailpit/api/v1/messages", "/mailpit/api/events"]
)
def test_pages_streams_and_websockets_ask_for_the_password(asking_ada, path):
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Authorization": ""}

    assert asking_ada.ask("GET", path, headers={"Authorization": ""}).status == 401
    assert asking_ada.ask("GET", path, headers=upgrade).status == 401


def test_a_stream_is_open_to_a_user(asking_ada):
    with Stream(*asking_ada.address, headers=basic("ada", "s3cret")) as stream:
        assert stream.response.status == 200


def test_a_websocket_is_open_to_a_user(asking_ada):
    headers = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}
    with socket.create_connection(asking_ada.address, timeout=10) as client:
        fields = headers | basic("ada", "s3cret") | {"Upgrade": "websocket", "Connection": "Upgrade"}
        lines = [f"{name}: {value}" for name, value in ({"Host": "localhost"} | fields).items()]
        client.sendall("\r\n".join(["GET /mailpit/api/events HTTP/1.1", *lines, "", ""]).encode())

        assert client.recv(100).startswith(b"HTTP/1.1 101 ")


def test_who_guesses_is_stopped_even_with_the_right_word(asking_ada):
    guesses = [asking_ada.ask("GET", "/", headers=basic("ada", f"guess {n}")).status for n in range(10)]
    late = asking_ada.get("/api/messages")

    assert guesses == [401] * 10
    assert late.status == 429
    assert 0 < int(late.headers["Retry-After"]) <= 60
    assert late.json["detail"].startswith(
        "Too many wrong passwords or tokens came from your address; try again"
    )


def test_who_asks_without_a_password_does_not_guess(asking_ada):
    for _ in range(12):
        asking_ada.ask("GET", "/", headers={"Authorization": ""})

    assert asking_ada.get("/api/messages").status == 200


def test_another_user_is_not_kept_out_by_one_who_guesses(asking_ada):
    for n in range(10):
        asking_ada.ask("GET", "/", headers=basic("root", f"guess {n}"))

    assert asking_ada.get("/api/messages").status == 200

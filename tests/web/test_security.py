from __future__ import annotations

import re

import pytest
from asking import Http

from mailsink_web.app import create_app
from mailsink_web.security import CONTENT_SECURITY_POLICY, host_name, is_allowed_host
from mailsink_web.server import serve


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost:8025", "localhost"),
        ("LOCALHOST", "localhost"),
        ("localhost.", "localhost"),
        ("[::1]:8025", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("user@localhost", "localhost"),
        ("[::1", ""),
        ("", ""),
    ],
)
def test_the_name_is_taken_out_of_a_host_header(host, name):
    assert host_name(host) == name


@pytest.mark.parametrize("name", ["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_names_are_always_allowed(name):
    assert is_allowed_host(name, frozenset())


@pytest.mark.parametrize(
    "name",
    [
        "",
        "example.org",
        "localhost.example.org",
        "127.0.0.1.example.org",
        "192.0.2.7",
        "0x7f.1",
        "2130706433",
    ],
)
def test_other_names_are_not(name):
    assert not is_allowed_host(name, frozenset({"127.0.0.1"}))


def test_any_address_is_allowed_where_all_are_listened_on():
    assert is_allowed_host("192.0.2.7", {"0.0.0.0"})
    assert is_allowed_host("2001:db8::7", {"::"})
    assert not is_allowed_host("example.org", {"0.0.0.0"})


def test_a_foreign_host_is_refused_and_told_the_option(http):
    answer = http.get("/api/messages", Host="rebound.example.com:8025")

    assert answer.status == 403
    assert answer.json["detail"] == (
        "The host 'rebound.example.com' is not one of this server's names; "
        "to allow it: --allow-host rebound.example.com"
    )


def test_a_foreign_host_is_refused_for_pages_and_files_too(http):
    for path in ("/", "/static/x/app.css", "/nothing"):
        assert http.get(path, Host="rebound.example.com").status == 403


def test_a_host_can_be_allowed(sink):
    with serve(sink, port=0, allowed_hosts=["Mail.Example.org"]) as web:
        http = Http(web.host, web.port)
        allowed = http.get("/api/health", Host="mail.example.org").status
        other = http.get("/api/health", Host="mail.example.com").status
        http.close()

    assert (allowed, other) == (200, 403)


def test_a_star_allows_every_host(sink):
    with serve(sink, port=0, allowed_hosts=["*"]) as web:
        http = Http(web.host, web.port)
        status = http.get("/api/health", Host="anything.example.com").status
        http.close()

    assert status == 200


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": "http://page.example.com"}, id="origin"),
        pytest.param({"Origin": "null"}, id="opaque origin"),
        pytest.param({"Origin": "http://127.0.0.1:1"}, id="other port"),
        pytest.param({"Referer": "http://page.example.com/a"}, id="referer"),
        pytest.param({"Referer": "http://[broken"}, id="malformed referer"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="cross-site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, id="same-site"),
        pytest.param({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, id="navigation"),
    ],
)
def test_a_foreign_page_changes_nothing(http, captured, method, headers):
    message = captured()

    answer = http.ask(method, "/api/messages", json_body={"q": "is:unread", "read": True}, headers=headers)

    assert answer.status == 403
    assert http.get(f"/api/messages/{message.id}").json["read"] is False


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_foreign_page_cannot_load_anything_into_itself(http, site):
    loaded = http.get("/api/messages", Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors")
    followed = http.get("/api/messages", Sec_Fetch_Site=site, Sec_Fetch_Mode="navigate")

    assert (loaded.status, followed.status) == (403, 200)


@pytest.mark.parametrize("destination", ["iframe", "frame", "embed", "object"])
def test_a_foreign_page_cannot_put_anything_into_a_frame(http, destination):
    answer = http.get("/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest=destination)

    assert answer.status == 403


def test_a_foreign_page_cannot_change_anything_by_a_form(http, captured):
    captured()
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": "null"}

    assert http.ask("DELETE", "/api/messages", headers=headers).status == 403


@pytest.mark.parametrize("path", ["/", "/api/messages", "/mailpit/api/events"])
def test_a_foreign_page_opens_no_websocket(http, path):
    answer = http.ask("GET", path, headers={"Upgrade": "websocket", "Origin": "http://evil.example"})

    assert answer.status == 403


def test_our_own_page_may_change_things(http, web):
    answer = http.ask("DELETE", "/api/messages", headers={"Origin": web.url, "Sec-Fetch-Site": "same-origin"})

    assert answer.status == 200


def test_a_client_that_is_no_browser_may_change_things(http):
    assert http.delete("/api/messages").status == 200


def test_a_page_behind_a_proxy_that_ends_tls_may_change_things(sink):
    with serve(sink, port=0, allowed_hosts=["mail.example.org"]) as web:
        http = Http(web.host, web.port)
        headers = {"Host": "mail.example.org", "Origin": "https://mail.example.org"}
        answer = http.ask("DELETE", "/api/messages", headers=headers)
        http.close()

    assert answer.status == 200


def test_a_form_cannot_send_what_the_api_reads(http):
    answer = http.ask(
        "PATCH",
        "/api/messages",
        body=b'{"q": "is:unread", "read": true}',
        headers={"Content-Type": "text/plain"},
    )

    assert answer.status == 415
    assert answer.json["detail"] == "The Content-Type must be application/json, not 'text/plain'."


def test_every_answer_is_hardened(http):
    for path in ("/", "/api/health", "/api/nothing", "/nothing", "/static/x/nothing"):
        headers = http.get(path).headers

        assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Server"] == "mailsink"
        assert "Access-Control-Allow-Origin" not in headers


def test_a_body_that_is_too_large_is_refused(http):
    answer = http.ask(
        "PATCH", "/api/messages", body=b" " * 1_000_001, headers={"Content-Type": "application/json"}
    )

    assert answer.status == 413
    assert answer.json["detail"] == "The request body is too large."


def every_route(app):
    """Each method and address of *app*, with something in the place of each variable."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^:>]+:)?[^>]+>", "x", rule.rule)
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"}):
            yield method, path


FOREIGN = {
    "other host": {"Host": "rebound.example.com"},
    "part of another page": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    "frame of another page": {
        "Sec-Fetch-Site": "same-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "iframe",
    },
    "websocket of another page": {"Upgrade": "websocket", "Origin": "http://evil.example"},
}
CHANGING = {
    "origin": {"Origin": "http://evil.example"},
    "no origin": {"Origin": "null"},
    "referer": {"Referer": "http://evil.example/"},
    "followed": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_no_route_answers_what_is_foreign(sink, headers):
    app = create_app(sink)
    client = app.test_client()

    answered = {(m, p): client.open(p, method=m, headers=headers).status_code for m, p in every_route(app)}

    assert len(answered) > 60
    assert {asked: status for asked, status in answered.items() if status != 403} == {}


@pytest.mark.parametrize("headers", CHANGING.values(), ids=CHANGING)
def test_no_route_changes_anything_for_what_is_foreign(sink, headers):
    app = create_app(sink)
    client = app.test_client()
    routes = [(method, path) for method, path in every_route(app) if method != "GET"]

    answered = {(m, p): client.open(p, method=m, headers=headers).status_code for m, p in routes}

    assert len(answered) > 30
    assert {asked: status for asked, status in answered.items() if status != 403} == {}


def test_no_route_lets_a_foreign_page_ask_first(sink):
    app = create_app(sink)
    client = app.test_client()
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "DELETE"}

    for path in {path for _, path in every_route(app)}:
        answer = client.options(path, headers=headers)
        assert not [name for name in dict(answer.headers) if name.startswith("Access-Control")], path

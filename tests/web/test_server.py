from __future__ import annotations

import ipaddress
import socket
import subprocess
import sys
import threading

import pytest
from asking import Http, Stream

from mailsink import StartError
from mailsink_web.server import serve


def test_port_zero_lets_the_system_choose(web):
    assert web.port > 0
    assert web.url == f"http://127.0.0.1:{web.port}"


def test_a_port_in_use_says_what_to_do(sink, web):
    with pytest.raises(StartError) as caught:
        serve(sink, port=web.port)

    assert str(caught.value) == (
        f"--http 127.0.0.1:{web.port}: the port is in use; choose another, or 0 to let the system choose"
    )


def test_it_listens_on_ipv6(sink):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with serve(sink, "::1", 0) as web:
        http = Http("::1", web.port)
        answer = http.get("/api/health")
        http.close()

    assert answer.status == 200
    assert web.url == f"http://[::1]:{web.port}"


def test_a_wildcard_is_shown_as_an_address_that_a_browser_can_open(sink):
    with serve(sink, "0.0.0.0", 0) as web:
        assert web.url == f"http://127.0.0.1:{web.port}"


def test_close_ends_streams_and_long_polls_at_once(sink):
    web = serve(sink, port=0)
    polls = Http(web.host, web.port)
    poll = threading.Thread(target=polls.get, args=("/api/wait?timeout=300",))
    _ = polls.contract
    with Stream(web.host, web.port) as stream:
        stream.head()
        poll.start()
        assert web.seats.wait_taken(2, timeout=5)
        closer = threading.Thread(target=web.close)
        closer.start()
        closer.join(2)
        poll.join(2)

        assert not closer.is_alive()
        assert not poll.is_alive()
        assert stream.response.read() == b""
    polls.close()


def test_close_frees_the_port(sink, web):
    web.close()
    web.close()

    with serve(sink, port=web.port) as again:
        assert again.port == web.port


def test_importing_the_server_loads_no_flask():
    code = (
        "import sys, mailsink_web.server; print(sorted({'flask', 'werkzeug', 'msgspec'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_the_web_side_never_loads_aiosmtpd():
    code = "import sys, mailsink_web.app; print('aiosmtpd' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
PROXY = {
    "X-Forwarded-For": "192.0.2.60",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "mail.example.org",
}


@pytest.fixture
def below(sink):
    """A client of a server that lies below a path."""
    with serve(sink, port=0, base_path="/mail") as web:
        assert web.url.endswith("/mail")
        http = Http(web.host, web.port)
        yield http
        http.close()


@pytest.mark.parametrize("base", ["/mail", ""])
def test_below_a_path_it_answers_with_the_path_and_without(below, base):
    assert below.ask("GET", f"{base}/api/livez").json == {"status": "ok"}


def test_below_a_path_answers_name_it(below, captured):
    message = captured()

    full = below.get(f"/mail/api/messages/{message.id}").json
    made = below.post("/mail/api/inboxes", {"name": "shop", "listener": True})
    latest = below.get("/mail/messages/latest")
    mailpits = below.get("/mail/mailpit/view/latest")

    assert full["content_url"] == f"/mail/api/messages/{message.id}/content"
    assert all(part["url"].startswith("/mail/api/messages/") for part in full["parts"])
    assert made.status == 201, made.body
    assert made.headers["Location"] == "/mail/api/inboxes/shop"
    assert latest.headers["Location"] == f"/mail/messages/{message.id}"
    assert mailpits.headers["Location"] == f"/mail/messages/{message.id}"
    assert below.get("/mail/api/openapi.json").json["servers"] == [{"url": "/mail"}]


def test_a_form_leads_back_below_the_path(below):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = below.ask("POST", "/mail/preferences", body=b"theme=dark&back=//evil.example", headers=headers)

    assert answer.headers["Location"] == "/mail/"


def test_a_trusted_proxy_says_for_whom_and_how_it_asks(sink):
    with serve(sink, port=0, allowed_hosts=["mail.example.org"], proxies=LOOPBACK) as web:
        http = Http(web.host, web.port, headers=PROXY)
        form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://mail.example.org"}
        kept = http.ask("POST", "/preferences", body=b"theme=dark", headers=form)
        foreign = http.ask("GET", "/", headers={"X-Forwarded-Host": "evil.example"})
        http.close()

    assert "Secure" in kept.headers["Set-Cookie"]
    # The Host that a proxy names must be one of ours as any other.
    assert foreign.status == 403


def test_whoever_guesses_behind_a_proxy_is_stopped_alone(sink):
    with serve(sink, port=0, tokens=["full-secret"], proxies=LOOPBACK) as web:
        http = Http(web.host, web.port, headers={"Authorization": "Bearer wrong-secret"})
        for _ in range(10):
            http.ask("GET", "/", headers={"X-Forwarded-For": "192.0.2.60"})
        statuses = [
            http.ask("GET", "/", headers={"X-Forwarded-For": who}).status
            for who in ("192.0.2.60", "192.0.2.61")
        ]
        http.close()

    assert statuses == [429, 401]


def test_what_anybody_says_is_not_believed(sink):
    with serve(sink, port=0, base_path="/mail") as web:
        http = Http(web.host, web.port, headers=PROXY | {"X-Forwarded-Prefix": "/evil"})
        answer = http.get("/mail/messages/latest")
        page = http.get("/mail/")
        http.close()

    assert answer.status == 404
    assert b"/evil" not in page.body

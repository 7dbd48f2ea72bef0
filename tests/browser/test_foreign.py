"""A page of another origin in the same browser tries what there is: it reads nothing and changes nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from elsewhere import Elsewhere, running
from mails import mail, put
from playwright.sync_api import expect

from mailsink_web.server import WebServer, serve

SECRET = "s3cret-482913"

HERE = Path(__file__).parent
SCRIPT = (HERE / "foreign.js").read_text("utf-8")
PAGE = (HERE / "foreign.html").read_text("utf-8")


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with running() as server:
        yield server


@pytest.fixture
def message_id(sink):
    made = mail("Secret", f"The code is {SECRET}", html=f"<p>The code is {SECRET}")
    return put(sink, bytes(made), at=dt.datetime.now(dt.UTC))


def noting(web: WebServer) -> list[tuple[str, str, int, bool]]:
    """What *web* is asked from now on: method, path, status, and whether the address bar was to show it."""
    told: list[tuple[str, str, int, bool]] = []
    app = web._server.app

    def listening(environ, start):
        def start_told(status, *words):
            whole = environ.get("HTTP_SEC_FETCH_DEST") == "document"
            told.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], int(status[:3]), whole))
            return start(status, *words)

        return app(environ, start_told)

    web._server.app = listening
    return told


def script(target: str, message_id: str) -> str:
    return SCRIPT.replace("TARGET", json.dumps(target)).replace("ID", message_id)


def attack(target: str, message_id: str, attempts: str) -> str:
    return PAGE.replace("SCRIPT", attempts).replace("TARGET", target).replace("ID", message_id)


def unchanged(sink, message_id):
    message = sink.everything.get(message_id)
    assert message is not None
    assert not message.read
    assert not message.starred
    assert len(sink.everything) == 1
    assert len(list(sink.faults)) == 0


ORIGINS = {"another port": "127.0.0.1", "another name": "localhost", "another site": "evil.example.org"}


@pytest.mark.parametrize("host", ORIGINS.values(), ids=ORIGINS)
def test_a_page_of_another_origin_reads_and_changes_nothing(sink, web, elsewhere, page, message_id, host):
    answered = noting(web)
    elsewhere.page = attack(web.url, message_id, script(web.url, message_id))
    page.goto(f"http://{host}:{elsewhere.server_address[1]}/page")

    got = dict(page.evaluate("window.got"))

    let = {"refused", "opaque 0 ", "loaded ", "loaded closed", "nothing came", ""}
    assert {name: what for name, what in got.items() if what not in let} == {}
    assert len(answered) > 25
    assert [each for each in answered if each[2] != 403 and not each[3]] == []
    assert {method for method, _, _, _ in answered} >= {"GET", "POST"}
    assert [each for each in answered if each[0] != "GET" and each[2] != 403] == []
    assert page.context.cookies(web.url) == []
    unchanged(sink, message_id)


def test_a_page_that_opens_ours_has_no_hold_on_it(sink, web, elsewhere, page, message_id):
    elsewhere.page = attack(web.url, message_id, "")
    for name in ("Open", "Follow"):
        page.goto(f"{elsewhere.url}/page")
        with page.context.expect_page() as opened:
            page.get_by_text(name).click()
        ours = opened.value
        expect(ours.get_by_role("heading", level=1)).to_have_text("Secret")

        assert ours.evaluate("window.opener") is None
        assert page.evaluate("window.other ? window.other.closed : true") is True
        ours.close()


def test_a_name_that_was_bound_anew_to_this_machine_reads_and_changes_nothing(sink, page, message_id):
    with running() as before:
        before.page = "<!doctype html><title>Elsewhere</title>"
        port = before.server_address[1]
        page.goto(f"http://evil.example.org:{port}/page")
    # Where the page came from there is mailsink now: what it asks for is of its own origin.
    with serve(sink, port=port) as web:
        answered = noting(web)
        page.add_script_tag(content=script(f"http://evil.example.org:{port}", message_id))
        got = dict(page.evaluate("window.got"))

    assert SECRET not in json.dumps(got)
    assert len(answered) > 30
    assert {status for _, _, status, _ in answered} == {403}
    unchanged(sink, message_id)

from __future__ import annotations

import pytest
from mails import PIXEL, order

API = "/maildev/api"


@pytest.fixture
def ordered(captured):
    return captured(bytes(order()))


def test_reading_does_not_mark_as_read(http, sink, three):
    assert http.get(f"{API}/email/{three[0].id}").json["read"] is False
    assert not sink.everything.get(three[0].id).read


def test_a_mail_is_deleted(http, sink, three):
    assert http.delete(f"{API}/email/{three[0].id}").json is True
    assert http.delete(f"{API}/email/{three[0].id}").status == 404
    assert len(sink.everything) == 2


def test_all_mails_are_deleted(http, sink, three):
    assert http.delete(f"{API}/email/all").json is True
    assert len(sink.everything) == 0


def test_some_mails_are_deleted(http, sink, three):
    ids = [three[0].id, "nothing", three[0].id]

    answer = http.ask("POST", f"{API}/email/delete", json_body={"ids": ids})

    assert answer.json == {"deleted": [three[0].id], "notFound": ["nothing"]}
    assert len(sink.everything) == 2


@pytest.mark.parametrize("body", [b"", b"{}", b'{"ids": "x"}', b'{"ids": [1]}'])
def test_what_cannot_be_read_deletes_nothing(http, sink, three, body):
    answer = http.ask("POST", f"{API}/email/delete", body=body)

    assert (answer.status, "error" in answer.json) == (400, True)
    assert len(sink.everything) == 3


def test_all_are_marked_read(http, sink, three):
    sink.everything.mark([three[0].id], read=True)

    assert http.ask("PATCH", f"{API}/email/read-all").json == 2
    assert all(message.read for message in sink.everything)


def test_the_html_is_shown_disarmed(http, ordered):
    answer = http.get(f"{API}/email/{ordered.id}/html")

    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert b"data:image/png;base64," in answer.body


def test_a_mail_without_html_has_none(http, three):
    answer = http.get(f"{API}/email/{three[0].id}/html")

    assert (answer.status, answer.json) == (404, {"error": "Email has no HTML content"})


def test_the_content_is_octet_for_octet(http, ordered):
    source = http.get(f"{API}/email/{ordered.id}/source")
    saved = http.get(f"{API}/email/{ordered.id}/download")

    assert source.body == saved.body == ordered.content
    assert saved.headers["Content-Disposition"] == f'attachment; filename="{ordered.id}.eml"'


def test_an_attachment_is_found_by_its_name(http, ordered):
    answer = http.get(f"{API}/email/{ordered.id}/attachment/logo.png")

    assert (answer.body, answer.headers["Content-Type"]) == (PIXEL, "image/png")
    assert http.get(f"{API}/email/{ordered.id}/attachment/other.png").status == 404


@pytest.mark.parametrize("address", ["", "/ada@example.org"])
def test_nothing_is_relayed(http, three, address):
    answer = http.ask("POST", f"{API}/email/{three[0].id}/relay{address}")

    assert answer.status == 500
    assert answer.json == {"error": f"Nothing leaves this machine: mailsink does not relay {three[0].id}."}

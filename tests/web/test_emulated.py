from __future__ import annotations

import subprocess
import sys

import pytest
from asking import Http
from sending import mail, send

from mailsink_web.emulated import PEERS
from mailsink_web.server import serve


def test_no_emulation_is_loaded_before_it_is_asked_for():
    code = (
        "import sys, mailsink; from mailsink_web.app import create_app\n"
        "with mailsink.Sink() as sink: create_app(sink)\n"
        "print([name for name in sys.modules if name.startswith('mailsink_web.compat')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_an_address_at_the_root_is_mailpits(http, captured):
    message = captured(mail("Hello"))

    assert http.get("/api/v1/message/latest").json["ID"] == message.id


@pytest.mark.parametrize("peer", PEERS)
def test_where_a_peer_has_its_page_the_way_leads_to_ours(http, peer):
    assert http.get(f"/{peer}/").headers["Location"] == "/"
    assert http.get(f"/inboxes/one%26two/{peer}/").headers["Location"] == "/?inbox=one%26two"


def test_a_peer_can_show_one_inbox_alone(http, sink, captured):
    captured(mail("Here"))
    other = sink.listen(inbox="other")
    send((other.host, other.port), mail("There"))

    one = http.get("/inboxes/other/mailpit/api/v1/messages").json
    both = http.get("/mailpit/api/v1/messages").json

    assert [message["Subject"] for message in one["messages"]] == ["There"]
    assert (one["total"], both["total"]) == (1, 2)


def test_deleting_all_of_one_inbox_leaves_the_others(http, sink, captured):
    captured(mail("Here"))
    other = sink.listen(inbox="other")
    send((other.host, other.port), mail("There"))

    http.delete("/inboxes/other/mailpit/api/v1/messages")

    assert [message.subject for message in sink.everything] == ["Here"]


@pytest.mark.parametrize("peer", PEERS)
def test_a_page_from_elsewhere_changes_nothing(http, peer):
    answer = http.ask("DELETE", f"/{peer}/", headers={"Origin": "http://evil.example"})

    assert answer.status == 403


@pytest.mark.parametrize("path", ["/api/v1/messages", "/mailpit/api/v1/messages"])
def test_a_page_from_elsewhere_deletes_nothing(http, sink, captured, path):
    captured()

    answer = http.ask("DELETE", path, headers={"Origin": "http://evil.example"})

    assert answer.status == 403
    assert len(sink.everything) == 1


@pytest.mark.parametrize("path", ["/api/v1/messages", "/mailpit/api/v1/messages", "/view/latest.txt"])
def test_a_foreign_host_is_told_nothing(http, captured, path):
    captured()

    answer = http.get(path, Host="evil.example")

    assert answer.status == 403
    assert b"is not one of this server's names; to allow it: --allow-host evil.example" in answer.body
    assert b"<" not in answer.body


LISTS = {
    "mailpit": "/api/v1/messages",
    "mailhog": "/api/v2/messages",
    "maildev": "/email",
    "mailcatcher": "/messages",
}


@pytest.mark.parametrize("peer", PEERS)
def test_a_token_is_asked_for_here_too(sink, peer):
    with serve(sink, port=0, tokens=("full",), read_tokens=("reads",)) as web:
        http = Http(web.host, web.port)
        try:
            path = f"/{peer}{LISTS[peer]}"
            unknown = http.get(path)
            known = http.get(path, Authorization="Bearer reads")
            deleting = http.ask("DELETE", path, headers={"Authorization": "Bearer reads"})
        finally:
            http.close()

    assert (unknown.status, known.status, deleting.status) == (401, 200, 403)
    # In the words of the peer, and with what Flask's own answer has besides.
    sentence = b"This server asks for a token, and none was sent."
    assert unknown.body == (b'{"error":"%s"}' % sentence if peer in ("mailhog", "maildev") else sentence)
    assert unknown.headers["WWW-Authenticate"].startswith("Bearer ")

from __future__ import annotations

import base64

import pytest
from sending import mail

from mailsink import Policy, Sink
from mailsink.errors import StoreError

RAW = {"Content-Type": "message/rfc822"}
FULL = {
    "from": "Shop <shop@example.com>",
    "to": ["Ada <ada@example.org>", {"address": "grace@example.org", "name": "Grace Hopper"}],
    "cc": "cc@example.org",
    "bcc": ["hidden@example.org"],
    "reply_to": "help@example.com",
    "subject": "Grüße",
    "text": "Hello",
    "html": "<p>Hello</p>",
    "attachments": [
        {
            "filename": "a.pdf",
            "content_type": "application/pdf",
            "content": base64.b64encode(b"%PDF").decode(),
        }
    ],
    "headers": {"X-Campaign": "spring", "Message-ID": "<1@example.com>"},
}


def put(http, content, query=""):
    return http.ask("POST", f"/api/messages{query}", body=content, headers=RAW)


def test_octets_are_kept_as_they_are(http, sink):
    content = mail("Hello") + b"\nbare LF, \xff and no end"

    answer = put(http, content)

    assert answer.status == 201
    assert answer.headers["Location"] == f"/api/messages/{answer.json['id']}"
    assert http.get(f"{answer.headers['Location']}/content").body == content
    assert sink.inbox.get("latest").content == content


def test_the_envelope_is_that_of_the_header_section_as_a_rule(http, sink):
    content = (
        b"From: Ada <ada@example.org>\r\nSender: office@example.org\r\nTo: a@example.org, b@example.org\r\n"
        b"Cc: a@example.org\r\nBcc: c@example.org\r\n\r\n"
    )

    put(http, content)

    envelope = sink.inbox.get("latest").envelope
    assert envelope.reverse_path == "office@example.org"
    assert envelope.forward_paths == ("a@example.org", "b@example.org", "c@example.org")


def test_the_envelope_is_what_is_said(http, sink):
    put(http, mail(), "?reverse_path=&forward_paths=x@example.org,%20y@example.org&inbox=mine")

    message = sink.inboxes["mine"].get("latest")
    assert (message.envelope.reverse_path, message.envelope.forward_paths) == (
        "",
        ("x@example.org", "y@example.org"),
    )


def test_a_recipient_is_named_once(http, sink):
    put(http, mail(), "?forward_paths=x@example.org,%3Cx@example.org%3E")

    assert sink.inbox.get("latest").envelope.forward_paths == ("x@example.org",)


def test_a_recipients_tag_chooses_the_inbox(http, sink):
    put(http, mail(to="ada+checkout@example.org"))

    assert len(sink.inboxes["checkout"]) == 1


def test_who_waits_is_woken(web, http, in_thread, sink):
    waited = in_thread(lambda: sink.inbox.expect(subject="Hello", timeout=10))

    put(http, mail("Hello"))

    assert waited().subject == "Hello"


def test_json_becomes_a_mail(http, sink):
    answer = http.post("/api/messages", FULL)

    assert answer.status == 201
    shown = answer.json
    assert (shown["from"], shown["subject"]) == ({"name": "Shop", "address": "shop@example.com"}, "Grüße")
    assert [to["address"] for to in shown["to"]] == ["ada@example.org", "grace@example.org"]
    assert shown["bcc"] == ["hidden@example.org"]
    assert (shown["text"].strip(), shown["html"].strip()) == ("Hello", "<p>Hello</p>")
    assert shown["attachments"] == 1
    assert ["X-Campaign", "spring"] in shown["headers"]
    assert shown["message_id"] == "<1@example.com>"
    assert b"hidden" not in sink.inbox.get("latest").content


@pytest.mark.parametrize(
    ("body", "field", "detail"),
    [
        ({"to": "ada@example.org"}, "from", "from is missing."),
        ({"from": "a@example.org, b@example.org"}, "from", "from must be one mailbox."),
        (
            {"from": "a@example.org"},
            "forward_paths",
            "There is no recipient: name one in To, Cc, Bcc or forward_paths.",
        ),
        (
            {"from": "a@example.org", "to": "b@example.org", "attachments": [{"content": "?"}]},
            "attachments[0].content",
            "attachments[0].content is not base64.",
        ),
        (
            {"from": "a@example.org", "to": "b@example.org", "subject": "x\r\nBcc: y"},
            None,
            "Subject: the value has a line end or another control character in it.",
        ),
        (
            {"from": "a@example.org", "to": ["x"]},
            None,
            "To: 'x' is no mail address.",
        ),
    ],
)
def test_pieces_of_which_no_mail_can_be_made_are_refused(http, sink, body, field, detail):
    answer = http.post("/api/messages", body)

    assert (answer.status, answer.json.get("field"), answer.json["detail"]) == (400, field, detail)
    assert len(sink.everything) == 0


@pytest.mark.parametrize(
    ("query", "field", "detail"),
    [
        (
            "?forward_paths=",
            "forward_paths",
            "There is no recipient: name one in To, Cc, Bcc or forward_paths.",
        ),
        (
            "?forward_paths=a%20b",
            "forward_paths",
            "forward_paths: 'a b' is no mail address: The mailbox has a space outside of quotes.",
        ),
        (
            "?reverse_path=x%0D%0Ay@example.org",
            "reverse_path",
            (
                "reverse_path: 'x\\r\\ny@example.org' is no mail address: "
                "The path has a control character in it."
            ),
        ),
        (
            "?reverse_path=%3Cx@example.org%3E%20SIZE=1",
            "reverse_path",
            "reverse_path: '<x@example.org> SIZE=1' is no mail address.",
        ),
    ],
)
def test_an_envelope_that_cannot_be_said_is_refused(http, sink, query, field, detail):
    answer = put(http, mail(), query)

    assert (answer.status, answer.json["field"], answer.json["detail"]) == (400, field, detail)
    assert len(sink.everything) == 0


def test_the_envelope_of_json_is_among_its_members(http, sink):
    body = {"from": "a@example.org", "to": "b@example.org"}

    http.post("/api/messages", body | {"reverse_path": "", "forward_paths": ["c@example.org"], "inbox": "m"})

    message = sink.inboxes["m"].get("latest")
    assert (message.envelope.reverse_path, message.envelope.forward_paths) == ("", ("c@example.org",))


def test_what_is_given_twice_is_refused(http):
    answer = http.post("/api/messages?inbox=one", {"from": "a@example.org", "to": "b@x.org", "inbox": "two"})

    assert answer.status == 400
    assert answer.json["detail"] == "inbox is given as a parameter and in the body; give it once."


def test_another_type_is_told_what_is_taken(http):
    answer = http.ask("POST", "/api/messages", body=b"x", headers={"Content-Type": "text/plain"})

    assert answer.status == 415
    assert answer.json["detail"] == (
        "The Content-Type must be application/json or message/rfc822, not 'text/plain'."
    )


def test_octets_may_be_as_many_as_in_any_mail(http, sink):
    content = mail("Large", "x" * 3_000_000)

    assert put(http, content).status == 201
    assert sink.inbox.get("latest").size == len(content)


@pytest.fixture(name="small")
def _small():
    from mailsink_web.app import create_app

    with Sink(policy=Policy(max_size=1000)) as sink:
        yield create_app(sink).test_client()


def test_no_more_recipients_than_in_smtp():
    from mailsink_web.app import create_app

    with Sink(policy=Policy(max_recipients=1)) as sink:
        client = create_app(sink).test_client()
        answer = client.post("/api/messages", data=mail(to="a@example.org, b@example.org"), headers=RAW)

    assert (answer.status_code, answer.json["detail"]) == (400, "There are 2 recipients; 1 are the most.")


@pytest.mark.parametrize("size", [1500, 3000])
def test_more_octets_than_a_mail_may_have_are_refused(small, size):
    answer = small.post("/api/messages", data=mail("Large", "x" * size), headers=RAW)

    assert answer.status_code == 413


@pytest.mark.parametrize(("full", "status"), [(True, 507), (False, 503)])
def test_a_store_that_cannot_keep_it_says_so(http, sink, monkeypatch, full, status):
    monkeypatch.setattr(sink.store, "add", lambda _, done: done(StoreError("no room", full=full)))

    answer = put(http, mail())

    assert (answer.status, answer.json["detail"]) == (status, "It was not kept: no room.")

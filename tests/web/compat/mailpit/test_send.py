from __future__ import annotations

import base64

import pytest
from mails import PIXEL

from mailsink.policy import Policy
from mailsink.sink import Sink
from mailsink_web.server import serve

API = "/mailpit/api/v1"
MAIL = {
    "From": {"Email": "shop@example.com", "Name": "Shop"},
    "To": [{"Email": "ada@example.org", "Name": "Ada"}],
    "Subject": "Hello",
    "Text": "Hi",
}


def post(http, **more):
    return http.ask("POST", f"{API}/send", json_body=MAIL | more)


def test_a_mail_is_made_and_captured(http, sink):
    answer = post(
        http,
        Cc=[{"Email": "cc@example.org"}],
        Bcc=["bcc@example.org"],
        ReplyTo=[{"Email": "help@example.com"}],
        HTML="<p>Hi</p>",
        Headers={"X-Campaign": "Spring"},
        Tags=["one", "Two"],
    )

    message = sink.everything.get(answer.json["ID"])
    assert answer.status == 200
    assert message.envelope.reverse_path == "shop@example.com"
    assert message.envelope.forward_paths == ("ada@example.org", "cc@example.org", "bcc@example.org")
    assert (message.subject, message.text, message.html) == ("Hello", "Hi", "<p>Hi</p>")
    assert message.bcc == ("bcc@example.org",)
    assert message.header("x-campaign") == "Spring"
    assert message.tags == ("one", "Two")
    assert b"bcc" not in message.content.lower()


def test_files_are_attached_or_shown(http, sink):
    octets = base64.b64encode(PIXEL).decode()
    answer = post(
        http,
        HTML='<img src="cid:logo">',
        Attachments=[
            {"Filename": "logo.png", "Content": octets, "ContentID": "logo"},
            {"Filename": "a.pdf", "Content": f"data:application/pdf;base64,{octets}"},
            {"Filename": "b.txt", "Content": base64.b64encode(b"words").decode()},
            {"Filename": "c", "Content": octets, "ContentType": "application/x-own"},
        ],
    )

    message = sink.everything.get(answer.json["ID"])
    assert [part.content_type for part in message.parsed.inline] == ["image/png"]
    assert [(part.filename, part.content_type) for part in message.attachments] == [
        ("a.pdf", "application/pdf"),
        ("b.txt", "text/plain"),
        ("c", "application/x-own"),
    ]


def test_an_inbox_of_its_own_gets_it(http, sink):
    http.ask("POST", "/inboxes/checkout/mailpit/api/v1/send", json_body=MAIL)

    assert [message.inbox for message in sink.everything] == ["checkout"]


def test_who_is_logged_in_is_kept(http, sink):
    login = base64.b64encode(b"ada:secret").decode()

    http.ask("POST", f"{API}/send", json_body=MAIL, headers={"Authorization": f"Basic {login}"})

    assert sink.everything.get("latest").auth.user == "ada"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"To": [{"Email": "nobody"}]}, "invalid To address: nobody"),
        ({"To": []}, "error building message: no recipients (to, cc, bcc) set"),
        ({"Bcc": ["a@b@c"]}, "invalid Bcc address: a@b@c"),
        ({"From": {"Name": "x"}}, "The body is wrong"),
        ({"Headers": {"Subject": "x"}}, 'cannot overwrite header: "Subject"'),
        ({"Headers": {"x-tags": "x"}, "Tags": ["y"]}, 'cannot overwrite header: "x-tags"'),
        ({"Subject": "x\r\nBcc: a@b.example"}, "Subject: the value has a line end"),
        ({"Attachments": [{"Filename": "a", "Content": "%"}]}, 'error decoding base64 attachment "a"'),
        ({"To": "ada@example.org"}, "The body is wrong"),
    ],
)
def test_what_is_wrong_is_told_in_json(http, sink, more, sentence):
    answer = post(http, **more)

    assert answer.status == 400
    assert answer.json["Error"].startswith(sentence)
    assert len(sink.everything) == 0


def test_a_mail_that_is_too_large_is_refused():
    with Sink(policy=Policy(max_size=2000)) as sink, serve(sink, port=0) as web:
        from asking import Http

        http = Http(web.host, web.port)
        try:
            large = post(http, Text="x" * 2500)
            larger = post(http, Text="x" * 5000)
        finally:
            http.close()

        assert (large.status, larger.status) == (413, 413)
        assert large.json["Error"].endswith("2000 are the most.")
        assert len(sink.everything) == 0


def test_a_mail_larger_than_other_requests_may_be_is_taken(http, sink):
    answer = post(
        http, Attachments=[{"Filename": "a", "Content": base64.b64encode(bytes(2_000_000)).decode()}]
    )

    assert answer.status == 200
    assert sink.everything.get("latest").attachments[0].size == 2_000_000

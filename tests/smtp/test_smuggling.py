"""What is said to make one server see one mail and another see two, and what web pages say to this port."""

from __future__ import annotations

import itertools

import pytest
from raw import END

pytestmark = pytest.mark.usefixtures("both_ways")

SMUGGLED = b"MAIL FROM:<admin@example.com>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\nsmuggled\r\n.\r\n"
ENDS = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"\r\0",
    b"\n\0",
    b"\0\n",
    b"\r\r",
    b"\n\r",
    b"\r\r\n",
    b"\0\r\n",
    b"\r\0\n",
)
# Every way to set a dot between line ends but the right one, which ends with CRLF and begins after CRLF.
AROUND = [
    before + b"." + after
    for before, after in itertools.product(ENDS, ENDS)
    if not (before.endswith(b"\r\n") and after.startswith(b"\r\n"))
]
NOTE = "A lone dot stood between line ends other than CRLF, which some servers take for the end."


@pytest.mark.parametrize("sequence", AROUND, ids=repr)
def test_a_dot_between_other_line_ends_makes_no_second_mail(served, sequence):
    client = served.connect()
    client.begin()
    client.say("DATA")
    content = b"first" + sequence + SMUGGLED.removesuffix(b".\r\n")
    client.send(content + b".\r\n")
    answer = client.reply()

    assert (answer.code, client.say("NOOP").code) == (250, 250)
    # RFC 5321 §4.5.2: a dot after CRLF is for transparency and is taken out.
    assert served.message().content == content.replace(b"\r\n.", b"\r\n")


@pytest.mark.parametrize(
    "sequence", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n"], ids=repr
)
def test_what_others_would_take_for_the_end_is_noted_with_the_mail(served, sequence):
    client = served.connect()
    client.begin()
    client.say("DATA")
    client.send(b"first" + sequence + b"second\r\n.\r\n")
    client.reply()

    assert served.message().notes == (NOTE,)


@pytest.mark.parametrize("octets", [b"a\nb\r\n", b"a\rb\r\n"], ids=repr)
def test_bare_line_ends_are_told_with_the_mail(served, octets):
    client = served.connect()
    client.begin()
    client.data(b"From: a@example.com\r\n\r\n" + octets)

    assert len(served.message().parsed.defects) == 1


def test_a_right_mail_is_not_noted(served):
    client = served.connect()
    client.begin()
    client.data(b"From: a@example.com\r\n\r\n.\r\nhi\r\n")

    assert served.message().notes == ()


@pytest.mark.parametrize(
    "path",
    [b"ada@example.org\rRCPT TO:<bob@example.org>", b"ada\0@example.org", b"ada@example.org\x0b"],
    ids=repr,
)
def test_a_control_character_in_a_path_is_refused(served, path):
    client = served.connect()
    client.ehlo()
    client.say("MAIL FROM:<a@example.com>")

    assert client.say(b"RCPT TO:<" + path + b">").status == "501 5.1.3"


# -------------------------------------------------------------------- STARTTLS


def test_commands_behind_starttls_are_dropped_and_noted(serve):
    served = serve(tls="starttls")
    client = served.connect()
    client.ehlo()
    client.send(b"STARTTLS\r\nMAIL FROM:<admin@example.com>\r\nRCPT TO:<bob@example.org>\r\n")
    client.reply()
    client.starttls(served.trust())
    client.begin()
    client.data(b"hi\r\n")
    message = served.message()

    assert message.envelope.reverse_path == "shop@example.com"
    assert message.envelope.forward_paths == ("ada@example.org",)
    assert message.notes == ("58 octets came behind STARTTLS in the clear and were dropped.",)
    assert message.notes[0] in [e.text for e in served.sink.sessions.get(message.session_id).transcript]


def test_a_whole_mail_behind_starttls_is_not_kept(serve):
    served = serve(tls="starttls")
    client = served.connect()
    client.ehlo()
    client.send(b"STARTTLS\r\nEHLO x\r\n" + SMUGGLED)
    client.reply()
    client.starttls(served.trust())
    client.say("QUIT")

    assert served.ended().transactions == ()
    assert served.messages() == []


def test_what_was_said_before_starttls_is_forgotten(serve):
    served = serve(tls="starttls")
    client = served.connect()
    client.begin()
    client.say("STARTTLS")
    client.starttls(served.trust())

    assert client.say("DATA").status == "503 5.5.1"


# ------------------------------------------------------------------------ HTTP

FORM = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1:1025\r\nOrigin: http://www.example.com\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 200\r\n\r\n"
    b"x=\r\nEHLO x\r\n" + SMUGGLED + b"QUIT\r\n"
)
FETCH = (
    b"POST /EHLO HTTP/1.1\r\nHost: 127.0.0.1:1025\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n"
    b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nEHLO x\r\n" + SMUGGLED + b"--x--\r\n"
)


@pytest.mark.parametrize("request_", [FORM, FETCH], ids=["form", "fetch"])
def test_a_web_page_that_posts_to_this_port_is_cut_off(served, request_):
    client = served.connect()
    client.send(request_)

    assert client.reply().status == "421 5.7.0"
    assert client.reply() == END
    session = served.ended()
    assert session.end == "The client spoke HTTP (POST)."
    assert served.messages() == []


@pytest.mark.parametrize(
    "verb", ["GET", "post", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"]
)
def test_every_http_verb_is_cut_off(served, verb):
    client = served.connect()

    assert client.say(f"{verb} / HTTP/1.1").status == "421 5.7.0"
    assert client.reply() == END


@pytest.mark.parametrize("line", ["Host: 127.0.0.1", "host: example.org", "Host:127.0.0.1"])
def test_a_host_header_is_cut_off_too(served, line):
    client = served.connect()
    client.say("FOO / HTTP/1.1")

    assert client.say(line).status == "421 5.7.0"
    assert served.ended().end == "The client spoke HTTP (Host)."


def test_http_words_inside_a_mail_are_content(served):
    client = served.connect()
    client.begin()

    assert client.data(b"GET / HTTP/1.1\r\nHost: example.org\r\n").code == 250

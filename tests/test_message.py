from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest
from messages import RECEIVED_AT, content, message

from mailsink.message import ID_LENGTH, Message, Summary, new_id
from mailsink.model import Auth, Envelope, Reply

NO = Reply(550, "No such user", "5.1.1")


# --- identifiers


def test_an_id_is_22_alphanumeric_characters():
    made = new_id()

    assert len(made) == ID_LENGTH == 22
    assert made.isascii()
    assert made.isalnum()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_process_does_not_make_the_ids_of_its_parent():
    program = """
import os
from mailsink.message import new_id

new_id()
child = os.fork()
os.write(1, new_id()[9:].encode() + b" ")
if child:
    os.waitpid(child, 0)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert len(set(said.stdout.split())) == 2


def test_ids_grow_in_one_thread():
    made = [new_id() for _ in range(1_000)]

    assert made == sorted(set(made))


def test_ids_of_many_threads_are_all_different():
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.extend([new_id() for _ in range(500)])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 4_000


# --- what a message knows


def test_the_content_is_what_it_was_made_of():
    octets = b"\x00no header\r\n.\r\n"

    found = message(octets=octets)

    assert (found.content, found.size) == (octets, len(octets))


def test_the_header_fields_are_read():
    found = message(
        subject="Grüße",
        sender="Shop <noreply@shop.example>",
        to="Ada <ada@example.org>, bob@example.org",
        headers={"Cc": "carol@example.org", "X-Order": "42"},
    )

    assert found.subject == "Grüße"
    assert [(a.name, a.address) for a in found.from_] == [("Shop", "noreply@shop.example")]
    assert [a.address for a in found.to] == ["ada@example.org", "bob@example.org"]
    assert [a.address for a in found.cc] == ["carol@example.org"]
    assert (found.header("x-order"), found.header("X-None"), found.header("X-None", "-")) == ("42", "", "-")


def test_the_bodies_and_files_are_read():
    found = message(
        text="Your code is 123456, or https://shop.example/go",
        html="<p>Hi</p>",
        files=[("a.pdf", "application/pdf", b"%PDF")],
    )

    assert found.text.strip() == "Your code is 123456, or https://shop.example/go"
    assert found.html.strip() == "<p>Hi</p>"
    assert [part.filename for part in found.attachments] == ["a.pdf"]
    assert [link.url for link in found.links] == ["https://shop.example/go"]
    assert [code.value for code in found.codes] == ["123456"]


def test_a_message_that_is_no_mail_is_read_all_the_same():
    found = message(octets=b"\xff\x00")

    assert (found.subject, found.html, found.attachments) == ("", "", ())


def test_the_content_is_parsed_once():
    found = message()

    assert found.parsed is found.parsed
    assert found.summary is found.summary


def test_bcc_is_who_got_it_and_is_not_named():
    found = message(
        rcpt=["Alice@example.org", "carol@EXAMPLE.org", "audit@example.org"],
        to="Alice@example.org",
        headers={"Cc": "carol@example.org"},
        refused={"no@example.org": NO},
    )

    assert found.bcc == ("audit@example.org",)


def test_messages_are_equal_when_everything_is():
    one = message(state={"id": "1"})
    same = message(state={"id": "1"}, octets=one.content)
    marked = message(state={"id": "1", "read": True}, octets=one.content)

    assert one == same
    assert hash(one) == hash(same)
    assert one != marked


def test_reading_a_message_does_not_change_whom_it_equals():
    one, same = (message(state={"id": "1"}, octets=content()) for _ in range(2))

    assert one.summary.subject == "Welcome aboard"

    assert one == same


def test_the_repr_of_a_message_does_not_hold_its_content():
    assert "Hello Alice" not in repr(message())


# --- its summary


def test_a_summary_holds_what_a_list_shows():
    found = message(
        files=[("a.pdf", "application/pdf", b"%PDF")],
        text="Your code is 123456",
        state={
            "id": "1",
            "read": True,
            "starred": True,
            "tags": ("a",),
            "faults": ("full",),
            "session_id": "s",
        },
    )

    assert found.summary == Summary(
        id="1",
        inbox="default",
        envelope=found.envelope,
        subject="Welcome aboard",
        from_=found.from_[0],
        to=found.to,
        received_at=RECEIVED_AT,
        size=found.size,
        read=True,
        starred=True,
        tags=("a",),
        attachments=1,
        snippet="Your code is 123456",
        code="123456",
        defects=0,
        differs=False,
        faults=("full",),
        session_id="s",
    )


@pytest.mark.parametrize(
    "found",
    [
        message(reverse_path="bounce@shop.example"),
        message(reverse_path=""),
        message(rcpt=["alice@example.org", "audit@example.org"]),
        message(octets=b"\r\nno header"),
    ],
    ids=["another sender", "null reverse-path", "bcc", "no header"],
)
def test_a_summary_says_that_envelope_and_header_differ(found):
    assert found.summary.differs


def test_a_summary_without_from_and_code_says_so():
    summary = message(octets=b"\r\nno header").summary

    assert (summary.from_, summary.code) == (None, "")


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (message(), "noreply@shop.example -> alice@example.org  'Welcome aboard'"),
        (message(reverse_path="", subject=None), "<> -> alice@example.org  ''"),
        (
            message(rcpt=[], refused={"no@example.org": NO}),
            "noreply@shop.example -> nobody  'Welcome aboard'",
        ),
        (
            message(rcpt=[f"{c}@example.org" for c in "abcde"], subject="Hello"),
            "noreply@shop.example -> a@example.org, b@example.org, c@example.org and 2 more  'Hello'",
        ),
    ],
    ids=["one", "null reverse-path", "nobody", "many"],
)
def test_a_message_in_one_line(found, line):
    assert str(found) == found.summary.line == line


def test_a_message_may_be_made_of_an_envelope_and_content_alone():
    found = Message(
        id="1",
        inbox="default",
        envelope=Envelope(reverse_path=""),
        content=b"",
        received_at=RECEIVED_AT,
        auth=Auth("PLAIN", "ada"),
    )

    assert str(found.peer) == "unix socket"
    assert (found.read, found.tags, found.notes, found.tls) == (False, (), (), None)

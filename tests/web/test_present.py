from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsink.message import Message
from mailsink.model import (
    Auth,
    Envelope,
    Parameter,
    Peer,
    Recipient,
    Reply,
    Session,
    Tls,
    Transaction,
    TranscriptEntry,
)
from mailsink_web import present
from mailsink_web.values import AddressJSON

MOMENT = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
OK = Reply(250, "OK", "2.1.5")
CONTENT = (
    b"From: Shop <shop@example.com>\r\nTo: Ada <ada@example.org>\r\nCc: bob@example.org\r\n"
    b"Subject: Welcome\r\nDate: Mon, 2 Mar 2026 10:30:00 +0100\r\nMessage-ID: <1@example.com>\r\n\r\nHi\r\n"
)


def message(content=CONTENT, **words):
    return Message(
        **{
            "id": "0V8hJk3Lq00000000000ab",
            "inbox": "default",
            "envelope": Envelope(
                reverse_path="bounce@example.com",
                parameters=(Parameter("SIZE", "200"), Parameter("SMTPUTF8")),
                recipients=(
                    Recipient(path="ada@example.org", reply=OK),
                    Recipient(path="eve@example.org", reply=OK),
                    Recipient(path="no@example.org", reply=Reply(550, "No such user", "5.1.1")),
                ),
            ),
            "content": content,
            "received_at": MOMENT,
            **words,
        }
    )


def plain(value):
    return msgspec.json.decode(msgspec.json.encode(value))


def test_a_summary_has_exactly_the_documented_members():
    assert list(plain(present.summary(message().summary))) == [
        "id",
        "inbox",
        "envelope",
        "subject",
        "from",
        "to",
        "received_at",
        "size",
        "read",
        "starred",
        "tags",
        "attachments",
        "snippet",
        "code",
        "defects",
        "differs",
        "faults",
        "session_id",
    ]


def test_the_envelope_is_shown_with_every_recipient_and_reply():
    envelope = plain(present.summary(message().summary))["envelope"]

    assert envelope["reverse_path"] == "bounce@example.com"
    assert envelope["parameters"] == [
        {"keyword": "SIZE", "value": "200"},
        {"keyword": "SMTPUTF8", "value": None},
    ]
    assert envelope["recipients"][2] == {
        "path": "no@example.org",
        "parameters": [],
        "reply": {"code": 550, "enhanced": "5.1.1", "text": "No such user"},
        "discarded": False,
        "fault": "",
    }


def test_a_summary_shows_the_header_fields():
    shown = plain(present.summary(message().summary))

    assert shown["subject"] == "Welcome"
    assert shown["from"] == {"name": "Shop", "address": "shop@example.com"}
    assert shown["to"] == [{"name": "Ada", "address": "ada@example.org"}]
    assert shown["received_at"] == "2026-03-02T09:30:00Z"


def test_a_message_holds_all_that_its_summary_does():
    of = message()
    summary, whole = plain(present.summary(of.summary)), plain(present.message(of))

    assert {name: whole[name] for name in summary} == summary


def test_bcc_is_computed_from_the_envelope():
    assert present.message(message()).bcc == ("eve@example.org",)


def test_header_fields_keep_their_order_and_case():
    assert plain(present.message(message()))["headers"][:2] == [
        ["From", "Shop <shop@example.com>"],
        ["To", "Ada <ada@example.org>"],
    ]


def test_the_date_is_shown_in_utc():
    assert plain(present.message(message()))["date"] == "2026-03-02T09:30:00Z"


def test_tls_and_auth_are_shown():
    shown = present.message(
        message(
            tls=Tls(mode="starttls", version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384"),
            auth=Auth("PLAIN", "ada"),
            peer=Peer("192.0.2.1", 99),
            greeting="client.example.org",
        )
    )

    assert shown.tls is not None
    assert shown.tls.version == "TLSv1.3"
    assert shown.auth is not None
    assert shown.auth.user == "ada"
    assert (shown.peer.host, shown.helo) == ("192.0.2.1", "client.example.org")


def test_no_more_than_500_parts_are_shown_and_all_are_counted():
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    of = message(head + b"--b\r\n\r\nx\r\n" * 600 + b"--b--\r\n")

    shown = present.message(of)

    assert len(shown.parts) <= present.MOST_PARTS
    assert shown.parts_total == len(of.parsed.parts)


def test_a_part_says_where_its_octets_are():
    (part,) = present.message(message()).parts

    assert part.url == f"/api/messages/0V8hJk3Lq00000000000ab/parts/{part.number}"


ANY_TEXT = st.text(alphabet=st.characters(), max_size=20)


@given(text=ANY_TEXT, octets=st.binary(max_size=200))
def test_whatever_a_client_said_can_be_encoded(text, octets):
    envelope = Envelope(
        reverse_path=text,
        parameters=(Parameter(text, text),),
        recipients=(Recipient(path=text, reply=Reply(250, text)),),
    )
    of = message(
        octets,
        envelope=envelope,
        inbox=text,
        greeting=text,
        notes=(text,),
        tags=(text,),
        auth=Auth(text, text),
    )

    msgspec.json.encode(present.message(of)).decode("utf-8")


def test_a_lone_surrogate_becomes_a_replacement_character():
    of = message(envelope=Envelope(reverse_path="caf\udce9@example.org"))

    assert present.summary(of.summary).envelope.reverse_path == "caf\ufffd@example.org"


SESSION = Session(
    id="s",
    listener="127.0.0.1:1025",
    peer=Peer("127.0.0.1", 7),
    started_at=MOMENT,
    ended_at=MOMENT + dt.timedelta(seconds=1.5),
    end="The client said QUIT.",
    greeting_verb="EHLO",
    greeting="caf\udce9",
    transcript=(TranscriptEntry(0.25, "client", "EHLO caf\udce9"),),
    cut=3,
    transactions=(
        Transaction(envelope=Envelope(reverse_path=""), started_at=MOMENT, reply=OK, message_id="m"),
        Transaction(
            envelope=Envelope(reverse_path=""), started_at=MOMENT, reply=Reply(552, "Too big", "5.3.4")
        ),
        Transaction(envelope=Envelope(reverse_path=""), started_at=MOMENT),
    ),
)


def test_a_session_counts_what_it_refused_and_names_what_it_captured():
    shown = present.session_summary(SESSION)

    assert shown.message_ids == ("m",)
    assert shown.refused == 1
    assert shown.duration == 1.5


def test_a_session_is_shown_with_its_transcript():
    shown = plain(present.session(SESSION))

    assert shown["transcript"] == [{"at": 0.25, "kind": "client", "text": "EHLO caf\ufffd", "size": 0}]
    assert shown["cut"] == 3
    assert [t["reply"] and t["reply"]["code"] for t in shown["transactions"]] == [250, 552, None]


def test_an_open_session_has_no_duration():
    shown = present.session_summary(Session(id="s", listener="127.0.0.1:1", peer=Peer(""), started_at=MOMENT))

    assert shown.duration is None
    assert shown.ended_at is None


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (0, "0 B"),
        (412, "412 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (18_400, "18.4 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (2_000_000, "2.0 MB"),
        (3_500_000_000, "3.5 GB"),
    ],
)
def test_sizes_are_written_in_decimal_units(octets, words):
    assert present.size_words(octets) == words


def test_seconds_are_written_to_the_millisecond():
    assert present.seconds_words(1.31849) == "1.318 s"


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 messages"), (1, "1 message"), (1204, "1\u202f204 messages")]
)
def test_counts_are_written_with_their_noun(number, words):
    assert present.count_words(number, "message") == words


def test_a_noun_may_have_a_plural_of_its_own():
    assert present.count_words(2, "inbox", "inboxes") == "2 inboxes"


def test_an_address_is_written_on_one_line():
    assert (
        present.address_words(AddressJSON(name="Ada", address="ada@example.org")) == "Ada <ada@example.org>"
    )
    assert present.address_words(AddressJSON(name="", address="ada@example.org")) == "ada@example.org"

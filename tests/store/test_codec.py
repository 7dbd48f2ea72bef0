from __future__ import annotations

import datetime as dt
import json

import keeping
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsink.message import Message, Summary
from mailsink.mime import Address
from mailsink.model import Envelope, Session
from mailsink.store import codec

addresses = st.builds(Address, keeping.texts, keeping.texts)
summaries = st.builds(
    Summary,
    id=st.just("1"),
    inbox=st.just("default"),
    envelope=st.just(Envelope(reverse_path="")),
    subject=keeping.texts,
    from_=st.none() | addresses,
    to=st.lists(addresses, max_size=3).map(tuple),
    received_at=st.just(keeping.STARTED_AT),
    size=st.just(0),
    read=st.just(False),
    starred=st.just(False),
    tags=st.just(()),
    attachments=keeping.numbers,
    snippet=keeping.texts,
    code=keeping.texts,
    defects=keeping.numbers,
    differs=st.booleans(),
    faults=keeping.tags,
    session_id=st.just(""),
)
DECODED = ("subject", "from_", "to", "attachments", "snippet", "code", "defects", "differs", "faults")


@given(keeping.texts)
def test_every_text_comes_back_identical(text: str):
    assert codec.decode_text(codec.encode_text(text)) == text


def test_two_lone_surrogates_in_a_row_stay_two():
    text = "\ud83d\udce7"

    assert codec.decode_text(codec.encode_text(text)) == text
    assert codec.decode_tags(codec.encode_tags((text,))) == (text,)


@given(keeping.moments)
def test_every_moment_comes_back_identical(moment: dt.datetime):
    assert codec.decode_time(codec.encode_time(moment)) == moment


def test_a_moment_of_another_zone_comes_back_in_utc():
    zone = dt.timezone(dt.timedelta(hours=2))

    decoded = codec.decode_time(codec.encode_time(dt.datetime(2026, 11, 24, 16, 30, tzinfo=zone)))

    assert decoded.isoformat() == "2026-11-24T14:30:00+00:00"


@given(keeping.tags)
def test_tags_come_back_identical(tags: tuple[str, ...]):
    assert codec.decode_tags(codec.encode_tags(tags)) == tags


@given(keeping.envelopes)
def test_an_envelope_comes_back_identical(envelope: Envelope):
    assert codec.decode_envelope(codec.encode_envelope(envelope)) == envelope


def test_an_envelope_is_written_in_the_words_of_the_api():
    envelope = Envelope(reverse_path="a@example.org")

    assert json.loads(codec.encode_envelope(envelope)) == {
        "reverse_path": "a@example.org",
        "parameters": [],
        "recipients": [],
    }


@given(keeping.messages)
@settings(max_examples=50)
def test_wire_facts_come_back_identical(message: Message):
    decoded = codec.decode_wire(codec.encode_wire(message))

    facts = ("peer", "greeting", "tls", "auth", "notes", "faults")
    assert decoded == {name: getattr(message, name) for name in facts}


@given(summaries)
@settings(max_examples=50)
def test_a_summary_comes_back_identical(summary: Summary):
    decoded = codec.decode_summary(codec.encode_summary(summary))

    assert decoded == {name: getattr(summary, name) for name in DECODED}


@given(keeping.sessions)
@settings(max_examples=50)
def test_a_session_comes_back_identical(session: Session):
    assert codec.decode_session(codec.encode_session(session)) == session

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from mailsink import model
from mailsink_web.outcome import KINDS, last_reply, outcome

START = dt.datetime(2026, 11, 24, 14, 0, tzinfo=dt.UTC)
NONE = model.Envelope(reverse_path="")
KEPT = model.Transaction(envelope=NONE, started_at=START, reply=model.Reply(250, "OK"), message_id="m")
REFUSED = model.Transaction(envelope=NONE, started_at=START, reply=model.Reply(550, "No"))
DEFERRED = model.Transaction(envelope=NONE, started_at=START, reply=model.Reply(451, "Later"))
NOBODY = model.Transaction(
    envelope=model.Envelope(
        reverse_path="", recipients=(model.Recipient(path="a@example.org", reply=model.Reply(550, "No")),)
    ),
    started_at=START,
)
AUTH = (
    model.TranscriptEntry(0.1, "client", "AUTH PLAIN ********"),
    model.TranscriptEntry(0.2, "server", "535 5.7.8 Authentication failed"),
    model.TranscriptEntry(0.3, "server", "221 2.0.0 Bye"),
)
BUSY = (model.TranscriptEntry(0.1, "server", "421 4.3.2 Too many"),)
FAULTS = (
    model.TranscriptEntry(0.1, "fault", "Fault F2 fired: delay 2."),
    model.TranscriptEntry(0.2, "fault", "Fault spam-1 fired: reply 550 No."),
    model.TranscriptEntry(0.3, "fault", "Fault F2 fired: delay 2."),
)
LEFT = "The client closed the connection without QUIT."


def session(*transactions, end="The client said QUIT.", ended_at=START, transcript=()):
    return model.Session(
        id="s",
        listener="127.0.0.1:1025",
        peer=model.Peer("127.0.0.1", 5),
        started_at=START,
        ended_at=ended_at,
        end=end,
        transactions=transactions,
        transcript=transcript,
    )


@pytest.mark.parametrize(
    ("shown", "word", "tone", "kinds"),
    [
        (session(ended_at=None), "open", "is-accent", ""),
        (session(KEPT, KEPT), "2 captured", "is-ok", "captured"),
        (session(KEPT, REFUSED), "1 captured, 1 refused", "is-warn", "captured refused"),
        (session(REFUSED), "refused", "is-warn", "refused"),
        (session(NOBODY, end=LEFT), "refused", "is-warn", "refused"),
        (session(DEFERRED), "deferred", "is-warn", "refused"),
        (session(), "no mail", "", ""),
        (session(transcript=AUTH), "AUTH refused", "is-warn", "refused"),
        (session(transcript=BUSY), "refused", "is-warn", "refused"),
        (session(end=LEFT), "failed", "is-bad", "failed"),
        (session(end="The connection broke: reset."), "failed", "is-bad", "failed"),
        (session(end="The TLS handshake failed: bad certificate."), "TLS failed", "is-bad", "failed"),
        (
            session(end="The client closed the connection before the final dot."),
            "aborted in content",
            "is-bad",
            "failed",
        ),
    ],
    ids=[
        *("open", "captured", "both", "refused", "recipients", "deferred", "nothing", "login", "busy"),
        *("without quit", "broken", "tls", "content"),
    ],
)
def test_an_outcome_is_a_word_a_colour_and_its_kinds(shown, word, tone, kinds):
    judged = outcome(shown)

    assert (judged.word, judged.tone) == (word, tone)
    assert judged.kinds == set(kinds.split())
    assert judged.kinds <= set(KINDS)


def test_the_rules_that_fired_are_named_once_each():
    judged = outcome(session(KEPT, transcript=FAULTS))

    assert judged.faults == ("F2", "spam-1")
    assert judged.kinds == {"captured", "faults"}


def test_the_last_word_is_the_last_refusal_else_the_last_reply():
    entry = model.TranscriptEntry
    bye = (entry(0.1, "server", "250-first"), entry(0.2, "server", "221 2.0.0 Bye"), entry(0.3, "event", "x"))

    assert last_reply(session(transcript=bye)) == ("221", "2.0.0 Bye")
    assert last_reply(session(transcript=AUTH)) == ("535", "5.7.8 Authentication failed")
    assert last_reply(session()) == ("", "")


def test_the_last_word_of_a_cut_transcript_is_what_decided_the_last_mail():
    started = (model.TranscriptEntry(0.1, "server", "250 2.1.5 Recipient OK"),)
    cut = dataclasses.replace(session(KEPT, transcript=started), cut=400)

    assert last_reply(cut) == ("250", "OK")

from __future__ import annotations

import datetime as dt

import pytest

from mailsink import model
from mailsink_web import present
from mailsink_web.pages.outcome import Outcome, last_reply, outcome

START = dt.datetime(2026, 11, 24, 14, 0, tzinfo=dt.UTC)
NONE = model.Envelope(reverse_path="")
KEPT = model.Transaction(envelope=NONE, started_at=START, reply=model.Reply(250, "OK"), message_id="m")
REFUSED = model.Transaction(envelope=NONE, started_at=START, reply=model.Reply(550, "No"))


def session(*transactions, end="The client said QUIT.", ended_at=START, transcript=()):
    return present.session(
        model.Session(
            id="s",
            listener="127.0.0.1:1025",
            peer=model.Peer("127.0.0.1", 5),
            started_at=START,
            ended_at=ended_at,
            end=end,
            transactions=transactions,
            transcript=transcript,
        )
    )


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (session(ended_at=None), Outcome("open", "is-accent")),
        (session(KEPT, KEPT), Outcome("2 captured", "is-ok")),
        (session(KEPT, REFUSED), Outcome("1 captured, 1 refused", "is-warn")),
        (session(REFUSED), Outcome("refused", "is-warn")),
        (session(), Outcome("no mail", "")),
        (session(end="The client closed the connection without QUIT."), Outcome("failed", "is-bad")),
        (session(end="The connection broke: reset."), Outcome("failed", "is-bad")),
    ],
    ids=["open", "captured", "both", "refused", "nothing", "without quit", "broken"],
)
def test_an_outcome_is_one_word_and_one_colour(shown, expected):
    assert outcome(shown) == expected


def test_the_last_word_is_the_last_reply():
    entry = model.TranscriptEntry
    said = (
        entry(0.1, "server", "250-first"),
        entry(0.2, "server", "221 2.0.0 Bye"),
        entry(0.3, "event", "The end."),
    )

    assert last_reply(session(transcript=said)) == ("221", "2.0.0 Bye")
    assert last_reply(session()) == ("", "")

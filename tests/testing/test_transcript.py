from __future__ import annotations

import datetime as dt

from mailsink.model import Peer, Session, TranscriptEntry
from mailsink.testing.transcript import dialogue


def session(*entries: TranscriptEntry, cut: int = 0) -> Session:
    return Session(
        id="s", listener="", peer=Peer(""), started_at=dt.datetime.now(dt.UTC), transcript=entries, cut=cut
    )


def test_each_entry_is_a_line_that_says_who():
    text = dialogue(
        session(
            TranscriptEntry(0.0, "server", "220 mailsink"),
            TranscriptEntry(0.0014, "client", "EHLO \x1b[31m"),
            TranscriptEntry(1.5, "content", "", 310),
            TranscriptEntry(2, "event", "TLS began."),
            TranscriptEntry(12.25, "fault", "Fault F1 fired."),
        )
    )

    assert text.splitlines() == [
        "   0.000  S: 220 mailsink",
        "   0.001  C: EHLO \\x1b[31m",
        "   1.500  C: (310 octets of content)",
        "   2.000  -- TLS began.",
        "  12.250  !! Fault F1 fired.",
    ]


def test_what_was_cut_is_counted():
    assert dialogue(session(cut=3)) == "          -- 3 more entries were not kept."

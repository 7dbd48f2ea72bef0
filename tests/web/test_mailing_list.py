from __future__ import annotations

import datetime as dt

import pytest

from mailsink.model import Envelope, Peer, Recipient, Reply, Session, Transaction
from mailsink_web.mailing_list import kinds_of, mailing_page
from mailsink_web.session_list import Narrowing

AT = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)


def session(minute, path, reply=None, *, captured=False, host="127.0.0.1"):
    """A session with one try to send a mail to *path*."""
    at = AT + dt.timedelta(minutes=minute)
    recipient = Recipient(path=path, reply=Reply(250, "OK", "2.1.5"))
    transaction = Transaction(
        envelope=Envelope(reverse_path="shop@example.org", recipients=(recipient,)),
        started_at=at,
        ended_at=at,
        reply=reply,
        message_id=f"M{minute}" if captured else "",
        field=f"<{path}>",
    )
    return Session(
        id=f"S{minute}",
        listener="127.0.0.1:1025",
        peer=Peer(host, 5),
        started_at=at,
        transactions=(transaction,),
    )


KEPT = Reply(250, "Kept", "2.0.0")
LATER = Reply(451, "Later", "4.7.1")
SESSIONS = (
    session(0, "retried@example.org", LATER),
    session(1, "twice@example.org", KEPT, captured=True),
    session(2, "twice@example.org", KEPT, captured=True, host="192.0.2.7"),
    session(3, "broken@example.org"),
    session(4, "retried@example.org", KEPT, captured=True),
)


def paths(narrowing=None, **words):
    page = mailing_page(SESSIONS, narrowing or Narrowing(), find=lambda _: None, **words)
    return [mailing.envelope.forward_paths[0].partition("@")[0] for mailing in page.mailings]


def test_the_mail_that_was_tried_last_comes_first():
    assert paths() == ["retried", "broken", "twice"]


def test_another_try_may_be_what_counts():
    assert paths(by=lambda mailing: mailing.attempts[0]) == ["broken", "twice", "retried"]


@pytest.mark.parametrize(
    ("narrowing", "found"),
    [
        (Narrowing(show="captured"), ["retried", "twice"]),
        (Narrowing(show="refused"), []),
        (Narrowing(show="broken"), ["broken"]),
        (Narrowing(show="retried"), ["retried", "twice"]),
        (Narrowing(show="duplicates"), ["twice"]),
        (Narrowing(who="192.0.2.7"), ["twice"]),
        (Narrowing(since=AT + dt.timedelta(minutes=3)), ["retried", "broken"]),
    ],
)
def test_it_is_narrowed(narrowing, found):
    assert paths(narrowing) == found


def test_pages_follow_one_another():
    first = mailing_page(SESSIONS, Narrowing(), find=lambda _: None, limit=2)

    assert len(first.mailings) == 2
    assert paths(before=first.next) == ["twice"]
    assert mailing_page(SESSIONS, Narrowing(), find=lambda _: None).next == ""


@pytest.mark.parametrize("cursor", ["x", "\u0661", "9" * 30])
def test_a_cursor_that_is_none_leaves_all(cursor):
    assert len(paths(before=cursor)) == 3


def test_every_kind_is_counted():
    page = mailing_page(SESSIONS, Narrowing(), find=lambda _: None)

    assert page.counts == {"": 3, "captured": 2, "refused": 0, "broken": 1, "retried": 2, "duplicates": 1}
    assert kinds_of(page.mailings[0]) == {"captured", "retried"}

from __future__ import annotations

import datetime as dt

from messages import message

from mailsink.attempts import Mailing, group
from mailsink.model import Envelope, Peer, Reply, Session, Transaction
from mailsink_web.pages.tries import MOST, mail_of, tries_of

START = dt.datetime(2026, 11, 24, 14, 0, tzinfo=dt.UTC)
NONE = Envelope(reverse_path="shop@example.com")


def session(number, **words):
    at = START + dt.timedelta(seconds=number)
    return Session(
        id=f"s{number:03}",
        listener="127.0.0.1:1025",
        peer=Peer("127.0.0.1", 5),
        started_at=at,
        end="The client said QUIT.",
        transactions=(Transaction(envelope=NONE, started_at=at, field="<1@x>", **words),),
    )


def mail(*sessions, find=lambda _: None):
    (mailing,) = group(sessions, find=find)
    assert isinstance(mailing, Mailing)
    return mail_of(mailing, lambda _: "The client said QUIT.", find)


def test_a_try_says_what_decided_it():
    (refused,) = tries_of(session(0, reply=Reply(451, "Later", "4.7.1")))
    (left,) = tries_of(session(0))

    assert refused.reason == "451 4.7.1 Later"
    assert refused.reply.code == 451
    assert left.reason == "The client said QUIT."
    assert left.reply is None


def test_a_mail_has_its_newest_tries_with_what_lies_between():
    made = mail(*(session(number * 2, reply=Reply(451, "Later")) for number in range(MOST + 3)))

    assert len(made.tries) == MOST
    assert made.earlier == 3
    assert made.last.interval == 2.0
    assert made.message_id == ""


def test_a_captured_mail_has_its_subject_and_its_message():
    kept = message(subject="Hello")

    made = mail(session(0, reply=Reply(250, "OK"), message_id=kept.id), find=lambda _: kept)

    assert (made.subject, made.message_id, made.captured) == ("Hello", kept.id, 1)
    assert mail(session(0, reply=Reply(250, "OK"), message_id="gone")).subject == ""


def test_a_mail_without_a_subject_has_a_name_all_the_same():
    kept = message(subject="")

    assert mail(session(0, message_id=kept.id), find=lambda _: kept).subject == "(no subject)"

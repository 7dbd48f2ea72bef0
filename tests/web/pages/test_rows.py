from __future__ import annotations

import datetime as dt

from messages import RECEIVED_AT, message

from mailsink.model import Reply
from mailsink_web.pages.rows import Break, Row, entries, news, row

TODAY = RECEIVED_AT.date()


def summary(minutes=0, **parts):
    return message(state={"received_at": RECEIVED_AT - dt.timedelta(minutes=minutes)}, **parts).summary


def shape(lines):
    return [line.text if isinstance(line, Break) else "row" for line in lines]


def test_a_day_stands_above_its_first_row():
    lines = entries([summary(), summary(1), summary(24 * 60)], today=TODAY)

    assert shape(lines) == ["Today, 24 November", "row", "row", "Yesterday, 23 November", "row"]


def test_a_pause_of_five_minutes_parts_two_bursts_of_one_day():
    assert shape(entries([summary(), summary(4), summary(13)], today=TODAY))[1:] == [
        "row",
        "row",
        "9 min without mail",
        "row",
    ]


def test_news_have_neither_the_old_row_nor_its_day():
    assert shape(news([summary()], summary(1)))[1:] == ["row"]
    assert shape(news([summary()], summary(10)))[1:] == ["row", "10 min without mail"]
    assert shape(news([summary()], summary(24 * 60)))[1:] == ["row"]
    assert shape(news([summary()], None))[1:] == ["row"]


def test_a_row_names_the_accepted_recipients_first():
    no = {"no@example.org": Reply(550, "No", "5.1.1")}

    some = row(summary(rcpt=("a@example.org", "b@example.org"), refused=no))
    none = row(summary(rcpt=(), refused=no))
    nobody = row(summary(rcpt=()))

    assert (some.rcpt, some.more) == ("a@example.org", 1)
    assert (none.rcpt, none.more) == ("no@example.org", 0)
    assert (nobody.rcpt, nobody.more) == ("", 0)


def test_a_null_reverse_path_makes_a_bounce():
    assert row(summary(reverse_path="")).is_bounce
    assert not row(summary()).is_bounce
    assert isinstance(row(summary()), Row)

"""The words of a failed expectation, exactly as people see them."""

import datetime as dt
import re
import textwrap
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from messages import RECEIVED_AT, message

from mailsink.explain import Verdict, expectation, ranked, summary_line, trouble, why
from mailsink.model import Peer, Reply, Session, Transaction, TranscriptEntry
from mailsink.query import EVERYTHING, query_of
from mailsink.query_text import parse

WELCOME = message(subject="Welcome aboard")
RESET = message(
    rcpt=("carol@example.org", "bob@example.org"),
    to="carol@example.org",
    headers={"Cc": "bob@example.org"},
    subject="Reset your Password",
)
MAILS = (RESET, WELCOME)
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def failure(query, *, expected=1, matched=(), others=(), waited=0.0, where="", trouble=()):
    return expectation(
        query, expected=expected, matched=matched, others=others, waited=waited, where=where, trouble=trouble
    )


def lines(text):
    return textwrap.dedent(text).strip("\n")


def test_nothing_matched_and_the_nearest_comes_first():
    query = query_of(rcpt="bob@example.org", subject="Reset your password")

    text = failure(query, others=MAILS, waited=0.18, where="127.0.0.1:33495")

    assert text == lines(
        """
        expected 1 message, got 0 after 0.18 s (sink 127.0.0.1:33495)
            rcpt     'bob@example.org'
            subject  'Reset your password'
        2 messages came, the nearest first:
          1. noreply@shop.example -> carol@example.org, bob@example.org  'Reset your Password'
               rcpt     ok
               subject  'Reset your Password'  differs only in case
          2. noreply@shop.example -> alice@example.org  'Welcome aboard'
               rcpt     'alice@example.org'
               subject  'Welcome aboard'
        """
    )


def test_every_kind_of_value_is_shown_as_it_was_written():
    query = query_of(
        to="bob@example.org",
        text="code 482913",
        subject=re.compile("welcome", re.I),
        header={"X-Job": "17"},
        attachment={"filename": "*.pdf", "content_type": "application/pdf"},
        link=True,
        html=None,
        where=lambda m: m.size > 1_000_000,
    )

    text = failure(query, others=[RESET])

    assert text == lines(
        """
        expected 1 message, got 0
            to            'bob@example.org'
            text          'code 482913'
            subject       re.compile('welcome', re.IGNORECASE)
            header X-Job  '17'
            attachment    filename='*.pdf' content_type='application/pdf'
            link          any
            html          none
            where         lambda at test_explain.py:69
        1 message came:
          1. noreply@shop.example -> carol@example.org, bob@example.org  'Reset your Password'
               to            'carol@example.org'  it is in cc
               text          'Hello Alice\\n'
               subject       'Reset your Password'
               header X-Job  none
               attachment    none
               link          none
               html          ok
               where         false
        """
    )


def test_a_search_text_is_shown_with_the_terms_that_failed():
    query = parse('rcpt:bob subject:"password" -from:shop (is:starred OR is:tagged) has:link')

    text = failure(query, others=[RESET])

    assert text == lines(
        """
        expected 1 message, got 0
            rcpt:bob subject:"password" -from:shop (is:starred OR is:tagged) has:link
        1 message came:
          1. noreply@shop.example -> carol@example.org, bob@example.org  'Reset your Password'
               rcpt:bob                   ok
               subject:"password"         ok
               -from:shop                 it matches
               (is:starred OR is:tagged)  no match
               has:link                   none
        """
    )


def test_when_no_message_came_trouble_is_told():
    text = failure(
        query_of(rcpt="bob@example.org"),
        waited=5.0,
        where="127.0.0.1:33495",
        trouble=("the client at 127.0.0.1:4711 was answered 550 5.1.1 No such user to RCPT",),
    )

    assert text == lines(
        """
        expected 1 message, got 0 after 5.00 s (sink 127.0.0.1:33495)
            rcpt  'bob@example.org'
        no message came
            the client at 127.0.0.1:4711 was answered 550 5.1.1 No such user to RCPT
        """
    )


def test_a_query_of_everything_has_no_conditions_to_show():
    assert failure(EVERYTHING) == "expected 1 message, got 0\nno message came"


def test_too_many_are_listed():
    text = failure(query_of(sender="noreply@shop.example"), matched=MAILS, waited=0.01)

    assert text == lines(
        """
        expected 1 message, got 2 after 0.01 s
            sender  'noreply@shop.example'
        2 messages match:
          1. noreply@shop.example -> carol@example.org, bob@example.org  'Reset your Password'
          2. noreply@shop.example -> alice@example.org  'Welcome aboard'
        """
    )


def test_too_few_are_listed_with_the_nearest_of_the_others():
    text = failure(query_of(subject="Welcome aboard"), expected=2, matched=[WELCOME], others=[RESET])

    assert text == lines(
        """
        expected 2 messages, got 1
            subject  'Welcome aboard'
        1 message matches:
          1. noreply@shop.example -> alice@example.org  'Welcome aboard'
        1 other message came:
          1. noreply@shop.example -> carol@example.org, bob@example.org  'Reset your Password'
               subject  'Reset your Password'
        """
    )


def test_too_few_and_no_other_came():
    text = failure(query_of(subject="Welcome aboard"), expected=2, matched=[WELCOME])

    assert text.endswith("'Welcome aboard'\nno other message came")


def test_none_expected_but_one_came():
    text = failure(query_of(rcpt="alice@example.org"), expected=0, matched=[WELCOME], waited=0.001)

    assert text == lines(
        """
        expected no message, got 1
            rcpt  'alice@example.org'
          1. noreply@shop.example -> alice@example.org  'Welcome aboard'
        """
    )


def test_only_the_five_nearest_are_shown():
    many = [message(subject=f"Digest {number}") for number in range(12)]

    text = failure(query_of(subject="Digest 12"), others=many)

    assert "12 messages came, the nearest first:" in text
    assert text.count("noreply@shop.example") == 5
    assert text.endswith("\n  and 7 more")


def test_who_was_given_only_the_newest_does_not_say_how_many_came():
    many = [message(subject=f"Digest {number}") for number in range(51)]

    text = failure(query_of(subject="Hello"), others=many)

    assert "more than 50 messages came; of the newest, the nearest first:" in text
    assert text.count("noreply@shop.example") == 5
    assert "more\n" not in text[-10:]


def test_of_equally_near_messages_the_newest_comes_first():
    older, newer = message(subject="One"), message(subject="Two")

    found = ranked(query_of(subject="Three"), [older, newer])

    assert [m.subject for m, _ in found] == ["Two", "One"]


def test_matched_messages_beyond_twenty_are_counted():
    many = [message() for _ in range(23)]

    assert failure(EVERYTHING, matched=many).endswith("'Welcome aboard'\n  and 3 more")


def test_trouble_beyond_eight_is_counted():
    assert failure(EVERYTHING, trouble=("x",) * 10).endswith("    x\n    and 2 more")


def test_a_refused_recipient_is_named():
    query = query_of(rcpt="gone@example.org")
    found = message(refused={"gone@example.org": Reply(550, "No such user", "5.1.1")})

    assert failure(query, others=[found]).splitlines()[-1] == (
        "       rcpt  'alice@example.org'  it was refused: 550 5.1.1 No such user"
    )


def test_many_values_are_counted():
    found = message(rcpt=[f"user{number}@example.net" for number in range(30)])

    assert failure(query_of(rcpt="bob@example.org"), others=[found]).splitlines()[-1] == (
        "       rcpt  'user0@example.net', 'user1@example.net', 'user2@example.net', 'user3@example.net'"
        " and 26 more"
    )


def test_verdicts_are_values():
    query = query_of(rcpt="bob@example.org", subject="Reset your password")

    assert why(query, RESET) == (
        Verdict(
            field="rcpt",
            expected="'bob@example.org'",
            actual=("'carol@example.org'", "'bob@example.org'"),
            ok=True,
            nearness=1.0,
        ),
        Verdict(
            field="subject",
            expected="'Reset your password'",
            actual=("'Reset your Password'",),
            ok=False,
            hint="differs only in case",
            nearness=0.5,
        ),
    )


@pytest.mark.parametrize(
    ("text", "actual"),
    [
        ("zebra", "not found"),
        ("is:read", "unread"),
        ("is:starred", "not starred"),
        ("is:bounce", "'noreply@shop.example'"),
        ("larger:1m", f"{WELCOME.size} octets"),
        ("after:2026-11-25", "2026-11-24T14:30:00+00:00"),
        ("header:X-Job", "none"),
        ("-alice", "it matches"),
        ("(a1 OR b1)", "no match"),
    ],
)
def test_what_a_search_term_found_instead(text, actual):
    (verdict,) = why(parse(text, now=lambda: RECEIVED_AT), WELCOME)

    assert (verdict.field, verdict.actual, verdict.ok) == (text, (actual,), False)


def test_groups_of_python_callers_are_spelt_out():
    query = query_of(subject="A") | ~query_of(rcpt="bob@example.org").queries[0]

    (verdict,) = why(query, WELCOME)

    assert (verdict.field, verdict.expected) == ("any of", "all of subject 'A', not rcpt 'bob@example.org'")


def test_a_null_sender_and_no_recipient_have_words():
    found = message(rcpt=(), reverse_path="", subject=None)

    assert summary_line(found) == "<> -> nobody  ''"


def test_a_long_summary_is_cut_in_all_its_parts():
    found = message(
        rcpt=[f"{'r' * 60}{number}@example.org" for number in range(9)],
        reverse_path=f"{'s' * 60}@example.org",
        subject="Subject " * 30,
    )

    line = summary_line(found)

    assert line == (
        "sssssssssssssssssssssssssss… -> rrrrrrrrrrrrrrrrrrrrrrrr… and 8 more  "
        "'Subject Subject Subject Subject '…"
    )
    assert len(line) == 105


def test_ten_thousand_recipients_are_counted():
    found = message(rcpt=[f"{number}@example.org" for number in range(10_000)])

    assert summary_line(found) == ("noreply@shop.example -> 0@example.org and 9999 more  'Welcome aboard'")


HOSTILE = st.text(alphabet=st.sampled_from("ab\x1b\u202e\n\r\ud800é\U000e0001 "), max_size=200)


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_whatever_came_every_line_is_printable_and_short(path, subject, wanted):
    found = message(
        rcpt=[path, path],
        reverse_path=path,
        octets=b"Subject: " + subject.encode("utf-8", "surrogatepass") + b"\r\n\r\nx",
    )
    query = query_of(rcpt=wanted, subject=wanted, header={wanted: wanted}, text=wanted)

    text = failure(query, others=[found])
    with_trouble = failure(query, others=[found], trouble=[path])

    assert all(line.isprintable() for line in with_trouble.split("\n"))
    assert max(len(line) for line in text.split("\n")) <= 112
    assert max(len(line) for line in with_trouble.split("\n")) <= 150


def session(*said, end="The client said QUIT.", message_id=""):
    transactions = [Transaction(envelope=WELCOME.envelope, started_at=RECEIVED_AT, message_id=message_id)]
    return Session(
        id="1",
        listener="127.0.0.1:1025",
        peer=Peer("127.0.0.1", 4711),
        started_at=dt.datetime(2026, 11, 24, tzinfo=dt.UTC),
        end=end,
        transcript=tuple(TranscriptEntry(0.0, kind, text) for kind, text in said),
        transactions=tuple(transactions),
    )


def test_each_refusal_is_told_with_its_command():
    found = session(
        ("server", "220 mailsink"),
        ("client", "EHLO app"),
        ("server", "250-mailsink"),
        ("server", "250 SIZE"),
        ("client", "MAIL FROM:<a@example.org>"),
        ("client", "rcpt TO:<gone@example.org>"),
        ("client", "DATA"),
        ("server", "250 2.1.0 OK"),
        ("server", "550-5.1.1 No such user,"),
        ("server", "550 5.1.1 ask \x1b somebody else"),
        ("server", "554 5.5.1 No valid recipients"),
    )

    assert trouble([found]) == (
        "the client at 127.0.0.1:4711 was answered 550 5.1.1 ask \\x1b somebody else to RCPT",
        "the client at 127.0.0.1:4711 was answered 554 5.5.1 No valid recipients to DATA",
    )


def test_refused_content_and_credentials_are_named():
    found = session(
        ("server", "220 mailsink"),
        ("client", "AUTH LOGIN"),
        ("server", "334 VXNlcm5hbWU6"),
        ("client", "********"),
        ("server", "535 5.7.8 No"),
        ("client", "DATA"),
        ("server", "354 Go on"),
        ("content", ""),
        ("server", "451 4.3.0 Later"),
        ("server", "421 4.4.2 Too long"),
    )

    assert [line.partition("answered ")[2] for line in trouble([found])] == [
        "535 5.7.8 No to AUTH",
        "451 4.3.0 Later to the content",
        "421 4.4.2 Too long",
    ]


def test_a_session_without_a_message_tells_how_it_ended():
    found = session(end="The connection broke: it was reset.")

    assert trouble([found]) == (
        "the client at 127.0.0.1:4711 sent no message: The connection broke: it was reset.",
    )


def test_a_session_that_is_still_open_tells_how_far_it_came():
    greeted = [("server", "220 mailsink")]
    begun = [*greeted, ("client", "MAIL FROM:<a@example.org>"), ("server", "250 2.1.0 OK")]

    assert trouble([session(*greeted, end=""), session(*begun, end="")]) == (
        "the client at 127.0.0.1:4711 is connected and sent no message yet; it has said nothing",
        "the client at 127.0.0.1:4711 is connected and sent no message yet; its last command was MAIL",
    )


def test_what_is_answered_again_and_again_is_told_once():
    no = [("client", "AUTH PLAIN x"), ("server", "535 5.7.8 No")]

    assert trouble([session(("server", "220 mailsink"), *no, *no, *no)]) == (
        "the client at 127.0.0.1:4711 was answered 535 5.7.8 No to AUTH, 3 times",
    )


@pytest.mark.parametrize(
    ("seconds", "when"),
    [(-5, ""), (0, ""), (59, ""), (60, "1 min ago "), (3_700, "61 min ago ")],
)
def test_what_was_a_while_ago_says_so(seconds, when):
    found = replace(session(end="The client went away."), ended_at=NOW - dt.timedelta(seconds=seconds))

    assert trouble([found], now=NOW) == (
        f"{when}the client at 127.0.0.1:4711 sent no message: The client went away.",
    )
    assert trouble([replace(found, ended_at=None)], now=NOW)[0].startswith("the client")


def test_a_session_that_captured_is_no_trouble():
    assert trouble([session(("server", "250 OK"), message_id=WELCOME.id)]) == ()

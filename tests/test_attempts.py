from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import smtplib

import pytest
from messages import message
from sending import in_data, mail, raw, send

from mailsink import Sink
from mailsink.attempts import decisive_reply, group
from mailsink.model import Envelope, Peer, Recipient, Reply, Session, Transaction

BEGAN = dt.datetime(2026, 11, 24, 14, 30, tzinfo=dt.UTC)
OK = Reply(250, "OK", "2.1.5")
LATER = Reply(451, "Later", "4.3.0")
NEVER = Reply(550, "Never", "5.1.1")


def tried(
    at: float = 0,
    *,
    sender: str = "shop@example.com",
    rcpt: dict[str, Reply] | None = None,
    inbox: str = "default",
    **more,
) -> Transaction:
    """A transaction that began so many seconds later."""
    recipients = {"ada@example.org": OK} if rcpt is None else rcpt
    return Transaction(
        envelope=Envelope(
            reverse_path=sender,
            recipients=tuple(Recipient(path=path, reply=reply) for path, reply in recipients.items()),
        ),
        started_at=BEGAN + dt.timedelta(seconds=at),
        inbox=inbox,
        **more,
    )


def session(*transactions: Transaction, id: str = "s1") -> Session:  # noqa: A002
    return Session(
        id=id,
        listener="127.0.0.1:1025",
        peer=Peer("127.0.0.1", 50_000),
        started_at=BEGAN,
        transactions=transactions,
    )


def keys(*transactions: Transaction, **words) -> list[tuple[str, int]]:
    """The keys of the mailings, and how many attempts each has."""
    return [(mailing.key, len(mailing.attempts)) for mailing in group([session(*transactions)], **words)]


# --- what belongs together


def test_tries_of_one_message_id_belong_together():
    tries = [tried(0, field="<1@example.com>", digest="aa"), tried(5, field="<1@example.com>", digest="bb")]

    assert keys(*tries) == [("<1@example.com>", 2)]


def test_tries_without_a_message_id_belong_together_by_content():
    assert keys(tried(0, digest="aa"), tried(1, digest="bb"), tried(2, digest="aa")) == [
        ("sha256:aa", 2),
        ("sha256:bb", 1),
    ]


def test_a_captured_message_is_looked_up():
    kept = message(headers={"Message-ID": "<1@example.com>"})
    bare = message(octets=b"Subject: x\r\n\r\nHi\r\n")
    found = {kept.id: kept, bare.id: bare}

    mailings = group(
        [session(tried(0, message_id=kept.id), tried(1, message_id=bare.id))], find=lambda one: found.get(one)
    )

    digest = hashlib.sha256(b"Subject: x\r\n\r\nHi\r\n").hexdigest()
    assert [mailing.key for mailing in mailings] == ["<1@example.com>", f"sha256:{digest}"]
    assert [mailing.captured for mailing in mailings] == [1, 1]


def test_a_try_that_was_refused_early_belongs_to_the_next_mail_with_its_paths():
    refused = tried(0, rcpt={"ada@example.org": LATER})

    assert keys(refused, tried(5, digest="aa"), tried(9, digest="bb")) == [
        ("sha256:aa", 2),
        ("sha256:bb", 1),
    ]


def test_a_refused_recipient_is_not_another_recipients_mail():
    refused = tried(0, rcpt={"nobody@example.org": NEVER})

    assert keys(refused, tried(5, digest="aa")) == [
        ("envelope:<shop@example.com> <nobody@example.org>", 1),
        ("sha256:aa", 1),
    ]


def test_a_refused_mail_command_belongs_to_the_next_mail_of_its_sender():
    assert keys(tried(0, rcpt={}, reply=LATER), tried(5, digest="aa")) == [("sha256:aa", 2)]
    assert keys(tried(0, rcpt={}, sender="x@example.com", reply=LATER), tried(5, digest="aa")) == [
        ("envelope:<x@example.com>", 1),
        ("sha256:aa", 1),
    ]


def test_tries_that_never_came_to_content_belong_together_by_envelope():
    refused = {"ada@example.org": NEVER, "bob@example.org": LATER}

    assert keys(tried(0, rcpt=refused), tried(5, rcpt=refused), tried(6, sender="", rcpt={})) == [
        ("envelope:<shop@example.com> <ada@example.org> <bob@example.org>", 2),
        ("envelope:<>", 1),
    ]


def test_a_later_refusal_is_not_an_earlier_mails():
    assert keys(tried(0, digest="aa"), tried(5, rcpt={"ada@example.org": LATER})) == [
        ("sha256:aa", 1),
        ("envelope:<shop@example.com> <ada@example.org>", 1),
    ]


def test_a_deleted_message_counts_as_captured_by_its_envelope():
    [mailing] = group([session(tried(0, message_id="gone", reply=OK))])

    assert mailing.key == "envelope:<shop@example.com> <ada@example.org>"
    assert mailing.captured == 1


def test_attempts_are_those_of_the_inbox():
    mine, other = tried(0, digest="aa", inbox="mine"), tried(1, digest="bb", inbox="Mine")

    assert keys(mine, other, inbox="mine") == [("sha256:aa", 1)]
    assert len(keys(mine, other)) == 2


# --- times and words


def test_attempts_are_in_order_with_their_intervals():
    later, sooner = session(tried(7.5, digest="aa"), id="s1"), session(tried(0, digest="aa"), id="s2")

    [mailing] = group([later, sooner])

    assert [attempt.session_id for attempt in mailing.attempts] == ["s2", "s1"]
    assert [attempt.interval for attempt in mailing.attempts] == [0, 7.5]
    assert mailing.intervals == (7.5,)


def test_mailings_are_in_the_order_of_their_first_tries():
    tries = [tried(0, digest="aa"), tried(1, digest="bb"), tried(2, digest="aa")]

    assert [key for key, _ in keys(*reversed(tries))] == ["sha256:aa", "sha256:bb"]


def test_transactions_of_one_moment_stay_in_their_order():
    [mailing] = group([session(tried(0, digest="aa", reply=LATER), tried(0, digest="aa", reply=OK))])

    assert mailing.codes == (451, 250)


@pytest.mark.parametrize(
    ("transaction", "reply"),
    [
        (tried(reply=NEVER), NEVER),
        (tried(rcpt={"ada@example.org": OK, "bob@example.org": LATER, "eve@example.org": NEVER}), LATER),
        (tried(rcpt={"bob@example.org": LATER}, reply=OK), OK),
        (tried(), None),
    ],
    ids=["the last word", "the first refusal", "not a recipient's", "none"],
)
def test_what_decided_a_try(transaction, reply):
    assert decisive_reply(transaction) == reply


def test_a_mailing_has_the_last_tries_envelope():
    [mailing] = group([session(tried(0, field="<1>"), tried(1, field="<1>", rcpt={"bob@example.org": OK}))])

    assert mailing.envelope.forward_paths == ("bob@example.org",)
    assert mailing.codes == (0, 0)
    assert mailing.captured == 0


def test_nothing_tried_is_nothing():
    assert group([]) == group([session()]) == ()


def test_what_mail_was_refused_for_good_is_no_try_of_the_senders_next_mail():
    too_large = tried(0, rcpt={}, reply=Reply(552, "Message too large", "5.3.4"))

    assert keys(too_large, tried(1, digest="bb")) == [("envelope:<shop@example.com>", 1), ("sha256:bb", 1)]


# --- of a real sink


@pytest.fixture(params=["memory", "file"])
def sink(request, tmp_path):
    with Sink(store="memory" if request.param == "memory" else tmp_path / "mail.db") as sink:
        yield sink


def attempt(sink, content=None, **words) -> None:
    with contextlib.suppress(smtplib.SMTPException):
        send((sink.host, sink.port), content, **words)


def test_a_mail_through_greylisting_is_one_mailing_of_two_tries(sink):
    sink.inbox.faults.preset("greylisting", seconds=0)

    for _ in range(2):
        attempt(sink, b"Message-ID: <1@example.com>\r\nSubject: Hello\r\n\r\nHi\r\n")

    [mailing] = sink.inbox.attempts()
    assert mailing.codes == (451, 250)
    assert mailing.captured == 1
    assert mailing.attempts[0].transaction.faults == ("F1",)
    assert mailing.attempts[1].captured
    assert mailing.key.strip("<>") == "1@example.com"


def test_a_mail_in_the_duplicate_trap_is_one_mailing_of_two_messages(sink):
    sink.inbox.faults.preset("duplicate_trap")

    for _ in range(2):
        attempt(sink, mail("Trapped"))

    [mailing] = sink.inbox.attempts()
    assert mailing.codes == (0, 250)
    assert mailing.captured == 2
    assert len(sink.inbox) == 2


def test_a_mail_refused_at_the_dot_is_known_by_its_content(sink):
    sink.inbox.faults.add(stage="dot", reply="451 4.3.0 Later", times=1)

    for subject in ("One", "One", "Two"):
        attempt(sink, mail(subject))

    assert [mailing.codes for mailing in sink.inbox.attempts()] == [(451, 250), (250,)]


def test_a_rate_limit_shows_in_the_tries(sink):
    sink.inbox.faults.preset("rate_limit", count=1, seconds=1_000)

    for _ in range(3):
        attempt(sink)

    assert [mailing.codes for mailing in sink.inbox.attempts()] == [(250,), (450, 450)]


def test_a_try_that_is_not_over_is_left_out(sink):
    with raw((sink.host, sink.port)) as client:
        client.reply()
        client.ask(b"HELO client.example.org")
        client.ask(b"MAIL FROM:<shop@example.com>")
        client.ask(b"RSET")
        with in_data((sink.host, sink.port)):
            mailings = sink.inbox.attempts()

    assert [mailing.key for mailing in mailings] == ["envelope:<shop@example.com>"]


def test_a_deleted_duplicate_stays_with_the_other(sink):
    for _ in range(2):
        attempt(sink)
    first = next(iter(sink.inbox))
    sink.inbox.delete([first.id])

    [mailing] = sink.inbox.attempts()
    assert mailing.captured == 2


def test_attempts_of_an_inbox_are_not_anothers(sink):
    other = sink.listen(inbox="other")
    attempt(sink)
    attempt(other)

    assert len(sink.inbox.attempts()) == len(sink.inboxes["other"].attempts()) == 1
    assert len(sink.inboxes["third"].attempts()) == 0
    assert [len(mailing.attempts) for mailing in sink.everything.attempts()] == [2]

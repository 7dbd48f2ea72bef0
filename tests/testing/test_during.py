from __future__ import annotations

import asyncio
import contextlib
import smtplib

import pytest
from sending import mail, send


def put(mailsink, subject):
    send((mailsink.host, mailsink.port), mail(subject))


def test_it_ends_though_the_block_fails(mailsink):
    with contextlib.suppress(ZeroDivisionError), mailsink.during() as sent:
        put(mailsink, "inside")
        raise ZeroDivisionError
    put(mailsink, "after")

    assert [m.subject for m in sent] == ["inside"]


def test_the_same_one_may_be_entered_again(mailsink):
    during = mailsink.during()
    with during:
        put(mailsink, "first")
    with during as sent:
        put(mailsink, "second")

    assert [m.subject for m in sent] == ["second"]


def test_it_has_the_tries_of_its_own(mailsink):
    mailsink.fail("mail", "451 4.3.0 Later", times=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPSenderRefused), mailsink.during() as refused:
            put(mailsink, "refused")
    with mailsink.during() as sent:
        put(mailsink, "sent")

    assert [one.reply.code for one in refused.attempts()] == [451]
    assert [one.reply.code for one in sent.attempts(subject="sent")] == [250]
    assert sent.attempts(subject="refused") == []
    assert len(mailsink.attempts()) == 3


def test_who_asks_it_when_its_test_is_over_is_told(server):
    with server.open("test") as mailsink, mailsink.during() as sent:
        pass

    with pytest.raises(RuntimeError, match=r"^expect\(\): test is over, and this was its server; "):
        sent.expect()


@pytest.mark.parametrize("name", ["expect", "find", "latest", "aio"])
def test_who_forgets_the_block_is_told_what_to_write(mailsink, name):
    with pytest.raises(AttributeError) as caught:
        getattr(mailsink.during(), name)

    assert str(caught.value) == (
        "during() is a with block: "
        f"write `with mailsink.during() as sent:`, and sent.{name} in it or after it"
    )


def test_a_wait_that_would_block_a_running_loop_is_told_to_ask_the_part(mailsink):
    async def main():
        with mailsink.during() as sent:
            sent.expect_none(within=1)

    with pytest.raises(RuntimeError, match=r"write: await sent\.aio\.expect_none\(\.\.\.\)$"):
        asyncio.run(main())

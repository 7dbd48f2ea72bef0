"""What a type checker says of tests that use the fixture. Read by checkers; nothing here runs.

A line that ends in ``# error: TEXT`` must be refused with that text, and no other line may be.
"""

from __future__ import annotations

import re
from email.message import EmailMessage
from pathlib import Path
from typing import assert_type

import mailsink as package
from mailsink.testing import OK, Guard, Mail, Mailsink, MailsinkFactory, ReplyStage, Server, Stage


def the_verbs(mailsink: Mailsink) -> None:
    assert_type(mailsink.expect(), Mail)
    assert_type(mailsink.expect(count=2), list[Mail])
    assert_type(mailsink.expect(count=2, timeout=5, subject="Hello"), list[Mail])
    assert_type(mailsink.expect_in_order([{"subject": "1"}, {"rcpt": "ada@example.org"}]), list[Mail])
    assert_type(mailsink.find(subject=re.compile("Hello")), list[Mail])
    assert_type(mailsink.latest, Mail | None)
    assert_type(mailsink[0], Mail)
    assert_type(mailsink[1:], list[Mail])
    mailsink.expect_none(within=0.2, rcpt="ada@example.org")
    with mailsink.during() as part:
        assert_type(part.expect(), Mail)
    mailsink.during().expect()  # error: expect
    assert_type([one.reply.code for one in mailsink.attempts(sender="") if one.reply is not None], list[int])
    assert_type([one.greeting for one in mailsink.sessions], list[str])
    mailsink.clear()


def wrong_verbs(mailsink: Mailsink) -> None:
    mailsink.expect(subjct="Hello")  # error: expect
    mailsink.expect("Hello")  # error: expect
    mailsink.expect(count="2")  # error: expect
    mailsink.expect_none(sbject="Hello")  # error: subject
    mailsink.find(recipient="ada@example.org")  # error: recipient
    mailsink.expect_in_order([{"subjct": "1"}])  # error: subjct
    mailsink.attempts(rcp="ada@example.org")  # error: rcp
    str(mailsink.latest.subject)  # error: None


async def the_same_with_await(mailsink: Mailsink) -> None:
    assert_type(await mailsink.aio.expect(), Mail)
    assert_type(await mailsink.aio.expect(count=2), list[Mail])
    assert_type(await mailsink.aio.expect_in_order([{"subject": "1"}]), list[Mail])
    await mailsink.aio.expect_none(rcpt="ada@example.org")
    await mailsink.aio.expect(subjct="Hello")  # error: expect


def the_conditions(mailsink: Mailsink) -> None:
    mailsink.expect(
        rcpt=["ada@example.org", re.compile("bob")], sender="", bcc=None, tls=True, auth_user="ada"
    )
    mailsink.expect(to="@example.org", cc=[], from_="ada@example.org", reply_to=re.compile("ada"))
    mailsink.expect(text="Hi", html="<p>", body=lambda text: "Hi" in text, link="/reset/", helo="client")
    mailsink.expect(header={"List-Id": re.compile("news")}, attachment={"filename": "*.pdf"}, code="123456")
    mailsink.expect(where=lambda mail: mail.rcpts == [], subject=object())
    mailsink.expect(where=lambda mail: mail.rcpt)  # error: rcpt


def a_mail(mail: Mail) -> None:
    assert_type(mail.sender, str)
    assert_type(mail.rcpts, list[str])
    assert_type(mail.link("/reset/", text=re.compile("Choose")), str)
    assert_type(mail.code(digits=(4, 8)), str)
    assert_type(mail.msg, EmailMessage)
    assert_type(mail.attachments["a.pdf"].content, bytes)
    assert_type(mail.to[0].name, str)
    str(mail.tls.version)  # error: None
    mail.code(digts=6)  # error: digts
    str(mail.subjct)  # error: subjct


def what_goes_wrong(mailsink: Mailsink) -> None:
    with mailsink.fail("data", "451 4.3.0 Later", times=2) as trouble:
        assert_type(trouble.hits, int)
    mailsink.script("rcpt", ["451 4.3.0 Later", OK])
    mailsink.drop("body", nth=1)
    mailsink.delay("mail", 0.5, rcpt="*@example.org")
    mailsink.slow(200)
    mailsink.greylist(seconds=1)
    mailsink.full_mailbox("ada@example.org", permanent=True)
    mailsink.rate_limit(3, seconds=1)
    mailsink.bad_certificate("wrong_host")
    with mailsink.down():
        mailsink.drop("connect").remove()
    mailsink.fail("data", tims=2)  # error: tims
    mailsink.slow("fast")  # error: str
    mailsink.fail("date")  # error: fail
    mailsink.fail("handshake")  # error: fail
    mailsink.script("rcp", [OK])  # error: script
    mailsink.drop("bdoy")  # error: drop
    mailsink.delay("connct", 1)  # error: delay
    mailsink.bad_certificate("outdated")  # error: bad_certificate


def a_helper_of_ones_own(mailsink: Mailsink, answered: ReplyStage, anywhere: Stage) -> None:
    mailsink.fail(answered)
    mailsink.drop(anywhere)
    mailsink.fail(anywhere)  # error: fail


def rules(sink: package.Sink, mailsink: Mailsink) -> None:
    package.Rule(
        stage="rcpt", fault=package.Fault("reply", package.Reply(452, "Full", "4.2.2")), per="sender"
    )
    package.Rule(stage="recipient", fault=package.Fault("reset"))  # error: Rule
    package.Rule(fault=package.Fault("reset"), per="recipient")  # error: Rule
    package.Fault("rest")  # error: Fault
    mailsink.inbox.faults.preset("greylisting", seconds=2)
    mailsink.inbox.faults.preset("graylisting")  # error: preset
    sink.listen_as("gmail")
    sink.listen_as("gmial")  # error: listen_as


def where_to_send(mailsink: Mailsink) -> None:
    assert_type((mailsink.host, mailsink.port, mailsink.tls_port, mailsink.url), tuple[str, int, int, str])
    assert_type(mailsink.env, dict[str, str])
    assert_type(mailsink.address("alice"), str)
    assert_type((mailsink.username, mailsink.password), tuple[str | None, str | None])
    mailsink.trust()
    mailsink.configure(mailsink.env)
    mailsink.address(17)  # error: int


def other_fixtures(mailsink_factory: MailsinkFactory, mailsink_server: Server, mailsink_guard: Guard) -> None:
    assert_type(mailsink_factory("backup", tls="implicit"), Mailsink)
    mailsink_factory("backup", tls="ssl")  # error: tls
    assert_type(mailsink_server.shared.port, int)
    with mailsink_server.open("shop", timeout=1) as shop:
        assert_type(shop, Mailsink)
    mailsink_guard.allow("relay.example.org", 25)


def wrong_settings() -> None:
    package.serve(tls="ssl")  # error: tls
    package.serve(tmeout=1)  # error: tmeout
    package.serve(tls_cert="shop.pem", tls_key=Path("shop.key"))
    package.serve(tls_cert=17)  # error: tls_cert


def without_pytest() -> None:
    with package.serve(tls="starttls", timeout=1) as inbox:
        assert_type(inbox, Mailsink)
    package.Client("http://127.0.0.1:8025").inboxes["shop"].expect(subjct="Hello")  # error: expect


class Case(package.MailsinkTestCase):
    mailsink_settings = {"timeout": 1, "auth": ("shop", "s3cret"), "tls": "required"}  # noqa: RUF012

    def test_it(self) -> None:
        assert_type(self.mailsink.expect(), Mail)

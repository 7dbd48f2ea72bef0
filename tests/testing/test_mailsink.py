from __future__ import annotations

import contextlib
import os
import smtplib
import socket
import ssl
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from sending import in_data, mail, raw, send

from mailsink.testing import Mailsink, Server


def at(mailsink) -> tuple[str, int]:
    return mailsink.host, mailsink.port


def put(mailsink, subject="Hello", **words):
    send(at(mailsink), mail(subject), **words)


@pytest.fixture
def fresh():
    with Server() as server:
        yield server


# --- where to send


def test_it_says_where_it_is_and_what_it_holds(mailsink):
    put(mailsink)

    assert mailsink.url == f"smtp://127.0.0.1:{mailsink.port}"
    assert repr(mailsink) == (
        f"<mailsink 127.0.0.1:{mailsink.port}: [<Mail #1 shop@example.com -> ada@example.org  'Hello'>]>"
    )
    assert (mailsink.username, mailsink.password) == (None, None)


def test_an_address_of_its_own_is_unique(server, mailsink):
    with server.open("other") as other:
        addresses = {mailsink.address("alice"), mailsink.address("alice"), other.address("alice")}

    assert len(addresses) == 2
    assert all(a.startswith("alice+") and a.endswith("@mailsink.test") for a in addresses)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_the_environment_makes_a_process_log_in_and_trust(server, tls):
    code = (
        "import os, smtplib, ssl, urllib.parse\n"
        "url = urllib.parse.urlsplit(os.environ['SMTP_URL'])\n"
        "context = ssl.create_default_context()\n"
        "if url.scheme == 'smtps':\n"
        "    client = smtplib.SMTP_SSL(url.hostname, url.port, context=context)\n"
        "else:\n"
        "    client = smtplib.SMTP(url.hostname, url.port)\n"
        "    client.starttls(context=context)\n"
        "client.login(url.username, urllib.parse.unquote(url.password))\n"
        "client.sendmail('shop@example.com', 'ada@example.org', 'Subject: From a process')\n"
        "client.quit()\n"
    )
    with server.open("process", auth=("shop", "s3cret/+"), tls=tls) as mailsink:
        subprocess.run([sys.executable, "-c", code], env=os.environ | mailsink.env, check=True)

        found = mailsink.expect(auth_user="shop", tls=tls)
        assert found.tls.version >= "TLSv1.2"
        assert (mailsink.username, mailsink.password) == ("shop", "s3cret/+")


def test_trust_lasts_until_the_test_ends(server, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    before = ssl.create_default_context().cert_store_stats()["x509_ca"]
    with server.open("trust", tls="starttls") as mailsink:
        mailsink.trust()
        context = ssl.create_default_context()
        with smtplib.SMTP(*at(mailsink), timeout=10) as client:
            client.starttls(context=context)

        assert context.cert_store_stats()["x509_ca"] == before + 1
    assert "SSL_CERT_FILE" not in os.environ


# --- what came


def test_during_shows_only_what_begins_inside(mailsink):
    put(mailsink, "before")
    with in_data(at(mailsink), mail("began before")) as client:
        with mailsink.during() as sent:
            client.ask(b"\r\n.")
            put(mailsink, "inside")
            with in_data(at(mailsink), mail("begins inside")) as late:
                assert sent.expect().subject == "inside"
                inside = sent
                sent.expect_none(subject="began before")
                late.ask(b"\r\n.")
                assert len(sent) == 2
        put(mailsink, "after")

    assert [m.subject for m in inside] == ["inside", "begins inside"]
    assert len(mailsink) == 5


def test_what_begins_inside_and_ends_after_it_counts(mailsink):
    with contextlib.ExitStack() as stack:
        with mailsink.during() as sent:
            client = stack.enter_context(in_data(at(mailsink)))
        client.ask(b"\r\n.")

        assert len(sent.expect(count=1)) == 1


def test_looking_at_a_part_is_looking(mailsink):
    with mailsink.during() as sent:
        put(mailsink)
    sent.expect()

    assert mailsink.unexpected == []


def test_every_session_is_there_the_oldest_first(mailsink):
    with raw(at(mailsink)) as client:
        client.reply()
        client.ask(b"QUIT")
    put(mailsink)
    mailsink.drain(10)

    assert [len(s.transactions) for s in mailsink.sessions] == [0, 1]
    assert mailsink.transcripts()[0].splitlines()[-1].endswith("-- The client said QUIT.")
    assert "c: mail from:<shop@example.com>" in mailsink.expect().transcript.lower()


def test_attempts_are_the_tries_refused_ones_too(mailsink):
    mailsink.fail("data", "451 4.3.0 Later", times=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPDataError):
            put(mailsink)
    put(mailsink)

    assert [a.reply.code for a in mailsink.attempts()] == [451, 451, 250]
    assert [a.captured for a in mailsink.attempts(rcpt="ada@example.org")] == [False, False, True]
    assert [a.reply.code for a in mailsink.attempts(subject="Hello")] == [250]
    assert mailsink.attempts(rcpt="bob@example.org") == []


def test_a_refused_recipient_is_an_attempt_for_it(mailsink):
    mailsink.fail("rcpt", "550 5.1.1 unknown user", rcpt="gone@example.org")
    put(mailsink, rcpt=["ok@example.org", "gone@example.org"])

    assert mailsink.expect().rcpts == ["ok@example.org"]
    assert len(mailsink.attempts(rcpt="gone@example.org")) == 1


def test_another_server_s_sessions_are_not_ours(server, mailsink):
    with server.open("other") as other:
        put(other)

        assert (mailsink.sessions, mailsink.attempts()) == ((), [])


# --- what goes wrong


def test_a_server_that_is_down_refuses_connections(mailsink):
    port = mailsink.port
    with mailsink.down() as down, pytest.raises(ConnectionRefusedError):
        smtplib.SMTP(mailsink.host, port, timeout=10)

    put(mailsink)

    assert (mailsink.port, len(mailsink), down.hits) == (port, 1, 0)
    assert mailsink.unused == []


def test_a_server_that_is_down_comes_back_as_it_was(server):
    with server.open("tls", tls="required", auth=("shop", "s3cret")) as mailsink:
        down = mailsink.down()
        down.remove()
        down.remove()
        with smtplib.SMTP(*at(mailsink), timeout=10) as client:
            client.ehlo()

            assert client.has_extn("STARTTLS")
            assert client.mail("shop@example.com")[0] == 530


def test_a_server_that_is_down_keeps_its_port(mailsink):
    with mailsink.down(), socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(at(mailsink))


def test_faults_that_never_happened_are_known(mailsink):
    mailsink.fail("mail", times=1)
    mailsink.drop("quit")
    with pytest.raises(smtplib.SMTPSenderRefused):
        put(mailsink)

    # The client that was refused went away without QUIT, or with it: smtplib's block says QUIT.
    assert {one.what for one in mailsink.unused} <= {"drop('quit')"}


# --- at the end


def test_when_it_is_closed_its_faults_are_over_and_late_mail_is_taken(server):
    mailsink = server.open("closing")
    mailsink.fail("mail")
    mailsink.close()
    mailsink.close()

    put(mailsink, "late")

    (late,) = server.late()
    assert (late.test, late.line) == ("closing", "shop@example.com -> ada@example.org  'late'")


def test_a_server_that_was_down_is_up_again_when_it_is_closed(server):
    with server.open("closing") as mailsink:
        mailsink.down()

    put(mailsink, "late")

    assert [late.test for late in server.late()] == ["closing"]


def test_what_was_asked_for_is_undone(mailsink):
    undone = []
    mailsink.on_close(lambda: undone.append(1))
    mailsink.on_close(lambda: undone.append(2))

    mailsink.restore()
    mailsink.restore()

    assert undone == [2, 1]


def test_a_url_of_implicit_tls_says_so(server):
    with server.open("implicit", tls="implicit") as mailsink:
        assert isinstance(mailsink, Mailsink)
        assert urlsplit(mailsink.url).scheme == "smtps"


# --- the second door


def put_by_tls(mailsink):
    context = ssl.create_default_context(cafile=mailsink.ca_file)
    with smtplib.SMTP_SSL(mailsink.host, mailsink.tls_port, context=context, timeout=10) as client:
        client.sendmail("shop@example.com", ["ada@example.org"], mail("By TLS"))


def test_a_second_port_speaks_tls_from_the_start_and_is_the_same_server(mailsink):
    put(mailsink, "Plain"), put_by_tls(mailsink)

    assert [m.subject for m in mailsink] == ["Plain", "By TLS"]
    assert [m.tls and m.tls.mode for m in mailsink] == [None, "implicit"]
    assert len(mailsink.sessions) == 2
    assert mailsink.tls_port == mailsink.tls_port != mailsink.port


def test_faults_hold_at_both_ports(mailsink):
    fault = mailsink.fail("mail", "451 4.3.0 Later")

    with pytest.raises(smtplib.SMTPSenderRefused):
        put_by_tls(mailsink)

    assert fault.hits == 1
    assert [attempt.reply.code for attempt in mailsink.attempts()] == [451]


def test_both_ports_are_down_and_come_back(mailsink):
    ports = mailsink.port, mailsink.tls_port

    with mailsink.down():
        for port in ports:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((mailsink.host, port), 10)

    put(mailsink), put_by_tls(mailsink)
    assert (mailsink.port, mailsink.tls_port) == ports
    assert len(mailsink) == 2


def test_a_server_of_implicit_tls_has_one_port(server):
    with server.open("implicit", tls="implicit") as one:
        assert one.tls_port == one.port


def test_late_mail_at_the_second_port_is_that_of_its_test(fresh):
    opened = fresh.open("test")
    port, ca_file = opened.tls_port, opened.ca_file
    opened.close()

    context = ssl.create_default_context(cafile=ca_file)
    with smtplib.SMTP_SSL("127.0.0.1", port, context=context, timeout=10) as client:
        client.sendmail("shop@example.com", ["ada@example.org"], mail("Late"))

    assert [one.test for one in fresh.late()] == ["test"]


def test_the_shared_second_port_stays(fresh):
    with fresh.share("1") as one:
        port = one.tls_port
        with one.down():
            pass
    with fresh.share("2") as two:
        assert two.tls_port == port
        put_by_tls(two)
        assert [m.subject for m in two] == ["By TLS"]
        assert fresh.shared.port == two.port


# --- when the test is over


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda m: m.expect(timeout=0), "expect()"),
        (lambda m: m.expect_none(), "expect_none()"),
        (lambda m: m.expect_in_order([]), "expect_in_order()"),
        (lambda m: m[0], "find()"),
        (lambda m: m.latest, "latest"),
        (lambda m: m.clear(), "clear()"),
        (lambda m: m.during().__enter__(), "during()"),
        (lambda m: m.attempts(), "attempts()"),
        (lambda m: m.fail("rcpt"), "fail('rcpt', '451 4.3.0 Try again later')"),
        (lambda m: m.down(), "down()"),
        (lambda m: m.configure({}), "configure()"),
        (lambda m: m.trust(), "trust()"),
        (lambda m: m.tls_port, "tls_port"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_uses_it_when_its_test_is_over_is_told(server, call, what):
    with server.open("tests/test_shop.py::test_1") as mailsink:
        pass

    with pytest.raises(RuntimeError) as caught:
        call(mailsink)

    assert str(caught.value) == (
        f"{what}: tests/test_shop.py::test_1 is over, and this was its server; call it in the test, or open "
        "a server of a wider scope by mailsink_server.open()"
    )


def test_when_its_test_is_over_it_can_still_be_shown_and_its_mails_read(server):
    with server.open("test") as mailsink:
        send((mailsink.host, mailsink.port))
        mail = mailsink.expect()

    assert repr(mailsink) == f"<mailsink 127.0.0.1:{mailsink.port}: []>"
    assert (len(mailsink), mail.rcpts) == (0, ["ada@example.org"])


# --- addresses


@pytest.mark.parametrize("name", ["ada@example.org", "a b", "", ".ada", 3, "x" * 41])
def test_what_cannot_be_an_address_is_told(mailsink, name):
    with pytest.raises(ValueError, match="give a name alone") as caught:
        mailsink.address(name)

    assert str(caught.value) == (
        f'address({name!r}): give a name alone, such as "alice", of at most 40 letters, digits, dots, '
        "hyphens and underscores"
    )

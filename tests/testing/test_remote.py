"""A running mailsink in a process of its own, and the fixture over it."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from functools import partial

import pytest
from sending import in_data, mail, send
from serving import running

from mailsink import Client
from mailsink.errors import ConfigError, ExpectationError, RequestError
from mailsink.testing import RemoteServer
from mailsink.testing.remote import TOMBSTONES


@pytest.fixture(scope="module")
def url():
    with running() as url:
        yield url


@pytest.fixture
def server(url):
    with RemoteServer(url) as server:
        yield server


@pytest.fixture
def mailsink(server):
    with server.open("tests/test_a.py::test_x") as opened:
        yield opened


def put(where, subject="Hello", **words):
    send((where.host, where.port), mail(subject), **words)


def test_each_test_has_an_inbox_a_port_and_a_login_of_its_own(server):
    with server.open("1") as one, server.open("2") as two:
        put(one, "1"), put(two, "2")

        assert [m.subject for m in one] == ["1"]
        assert [m.subject for m in two] == ["2"]
        assert one.port != two.port
        assert one.username != two.username
        assert one.address("alice") == f"alice+{one.username}@mailsink.test"


def test_what_comes_later_is_waited_for_and_fetched_whole(mailsink):
    timer = threading.Timer(0.05, partial(put, mailsink, "Later"))
    timer.start()

    found = mailsink.expect(subject="Later", rcpt="ada@example.org", timeout=30)

    assert (found.sender, found.rcpts, found.text) == ("shop@example.com", ["ada@example.org"], "Hi\n")
    assert found.raw.startswith(b"From: shop@example.com\r\n")
    # Which letters of "mail FROM" are capitals differs between versions of smtplib.
    assert "c: mail from:<shop@example.com>" in found.transcript.lower()
    assert mailsink.latest == found
    timer.join()


def test_the_server_tells_the_near_misses(mailsink):
    put(mailsink, "Welcome aboard", rcpt="bob@example.org")

    with pytest.raises(ExpectationError) as failure:
        mailsink.expect(rcpt="ada@example.org", subject="Welcome aboard", timeout=0.01)

    said = re.sub(r":\d{4,}", ":PORT", re.sub(r"\d\.\d\d s", "N s", str(failure.value)))
    assert said.splitlines() == [
        "expected 1 message, got 0 after N s (sink 127.0.0.1:PORT, 127.0.0.1:PORT)",
        "    rcpt     'ada@example.org'",
        "    subject  'Welcome aboard'",
        "1 message came:",
        "  1. shop@example.com -> bob@example.org  'Welcome aboard'",
        "       rcpt     'bob@example.org'  it is in to",
        "       subject  ok",
    ]


def test_conditions_that_json_has_no_word_for_are_judged_here(mailsink):
    put(mailsink, "Digest 1"), put(mailsink, "Digest 2")

    found = mailsink.expect(where=lambda mail: mail.subject.endswith("2"))

    assert found.subject == "Digest 2"
    with pytest.raises(ExpectationError, match="expected 1 message, got 2"):
        mailsink.expect(subject=re.compile("Digest"))


@pytest.mark.parametrize("words", [{}, {"subject": re.compile("One|Two")}], ids=["judged there", "here"])
def test_somebody_in_the_middle_of_sending_is_waited_for(mailsink, words):
    put(mailsink, "One")
    with in_data((mailsink.host, mailsink.port), mail("Two")) as client:
        timer = threading.Timer(0.05, client.ask, [b"\r\n."])
        timer.start()

        with pytest.raises(ExpectationError, match="expected 1 message, got 2"):
            mailsink.expect(**words)
        timer.join()


def test_none_is_expected_now_and_for_a_while(mailsink):
    mailsink.expect_none(within=0.01)
    put(mailsink)

    with pytest.raises(ExpectationError, match="expected no message, got 1"):
        mailsink.expect_none(rcpt="ada@example.org")


def test_mails_are_expected_in_order_and_only_those_of_a_while(mailsink):
    put(mailsink, "0")
    with mailsink.during() as part:
        put(mailsink, "1"), put(mailsink, "2")
    put(mailsink, "3")

    assert [m.subject for m in part] == ["1", "2"]
    assert [m.subject for m in part.expect(count=2, rcpt="ada@example.org")] == ["1", "2"]
    part.expect_none(subject="0")
    assert len(mailsink.expect_in_order([{"subject": "0"}, {"subject": "3"}])) == 2


def test_coroutines_await(mailsink):
    import asyncio

    async def main():
        await asyncio.to_thread(put, mailsink)
        return await mailsink.aio.expect(subject="Hello")

    assert asyncio.run(main()).subject == "Hello"


def test_what_goes_wrong_goes_wrong_at_this_port_alone(server, mailsink):
    fault = mailsink.fail("data", "451 4.3.0 Later", times=1)
    with server.open("other") as other:
        put(other)
    with pytest.raises(smtplib.SMTPDataError):
        put(mailsink)
    put(mailsink)

    assert fault.hits == 1
    assert [attempt.reply.code for attempt in mailsink.attempts()] == [451, 250]
    assert len(mailsink.sessions) == 2
    assert mailsink.unused == []


def test_faults_are_gone_when_the_test_is_over(server, url):
    with server.open("test") as opened:
        opened.greylist()

    with Client(url) as client:
        assert list(client.faults) == []


def test_a_server_that_is_down_hangs_up(mailsink):
    with mailsink.down(), pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        put(mailsink)

    put(mailsink)
    assert len(mailsink) == 1


def test_a_login_and_tls_can_be_required_and_the_certificate_is_verified(server):
    with server.open("test", auth="required", tls="required") as opened:
        context = ssl.create_default_context(cafile=opened.env["SSL_CERT_FILE"])
        with smtplib.SMTP(opened.host, opened.port, timeout=10) as client:
            client.starttls(context=context)
            client.login(opened.username, opened.password)
            client.sendmail("shop@example.com", ["ada@example.org"], mail())

        found = opened.expect(tls="starttls", auth_user=opened.username)
        assert found.tls.version >= "TLSv1.2"
        opened.bad_certificate("expired")
        with smtplib.SMTP(opened.host, opened.port, timeout=10) as client, pytest.raises(ssl.SSLError):
            client.starttls(context=context)


def test_implicit_tls_a_size_and_no_login(server):
    with server.open("1", tls="implicit") as one, server.open("2", max_size=1000, auth=None) as two:
        assert one.tls_port == one.port
        assert one.url.startswith("smtps://")
        with smtplib.SMTP(two.host, two.port, timeout=10) as client:
            client.ehlo()
            assert client.esmtp_features["size"] == "1000"
            assert not client.has_extn("auth")


def test_a_login_can_be_chosen(server):
    with server.open("test", auth=("ada", "s3cret")) as mailsink:
        assert (mailsink.username, mailsink.env["SMTP_PASSWORD"]) == ("ada", "s3cret")
        with smtplib.SMTP(mailsink.host, mailsink.port, timeout=10) as client:
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("ada", "wrong")
            client.login("ada", "s3cret")
            client.sendmail("shop@example.org", ["ada@example.org"], "Subject: Hello\r\n\r\nHi")

        mailsink.expect(auth_user="ada")


NO_TLS = (
    '{}: this test\'s port of the running server speaks no TLS; @pytest.mark.mailsink(tls="{}") '
    "opens one that does"
)


def test_what_a_running_server_cannot_do_is_refused_with_what_to_do(server, mailsink):
    with pytest.raises(ConfigError) as port:
        _ = mailsink.tls_port
    with pytest.raises(ConfigError) as certificate:
        mailsink.bad_certificate()
    with pytest.raises(RuntimeError) as pause:
        mailsink.pause()
    with pytest.raises(ConfigError) as own_certificate:
        server.open("own", tls_cert="shop.pem")

    assert str(port.value) == NO_TLS.format("tls_port", "implicit")
    assert str(certificate.value) == NO_TLS.format("bad_certificate()", "starttls")
    assert str(own_certificate.value) == (
        f"tls_cert='shop.pem': the running server at {server.url} shows its own certificate; start it with "
        "--tls-cert and --tls-key"
    )
    assert str(pause.value) == (
        f"pause() needs pytest with mailsink's plugin; look at the inbox {mailsink.kept_in}"
    )


# --- the server's own port


def test_at_the_shared_port_the_address_or_the_login_tells_whose_mail_it_is(server):
    with server.share("1") as one, server.share("2") as two:
        assert one.port == two.port == server.shared.port
        put(one, "By address", rcpt=one.address("alice"))
        with smtplib.SMTP(two.host, two.port, timeout=10) as client:
            client.login(two.username, two.password)
            client.sendmail("shop@example.com", ["ada@example.org"], mail("By login"))

        assert one.expect(rcpt=one.address("alice")).subject == "By address"
        assert two.expect().subject == "By login"
        assert [len(one.sessions), len(two.sessions)] == [1, 1]


def test_faults_at_the_shared_port_are_one_inbox_s(server):
    with server.share("1") as one, server.share("2") as two:
        one.fail("rcpt", "550 5.1.1 Unknown user")

        with pytest.raises(smtplib.SMTPRecipientsRefused):
            put(one, rcpt=one.address())
        put(two, rcpt=two.address())

        assert len(two) == 1
        with pytest.raises(ConfigError) as down:
            one.down()
        assert str(down.value) == "down(): others use the shared port, too; use the fixture mailsink"


# --- the end


def test_late_mail_is_taken_and_reported_against_its_own_test(server):
    with server.open("tests/test_a.py::test_late") as opened:
        put(opened, "In time")

    put(opened, "Late")

    with server.open("other") as other:
        other.expect_none(within=0.01)
    assert [(one.test, one.line) for one in server.late()] == [
        ("tests/test_a.py::test_late", "shop@example.com -> ada@example.org  'Late'")
    ]
    assert server.late() == []


def test_mail_that_goes_to_a_test_that_is_over_is_known_to_the_one_that_runs(server):
    with server.open("one") as one:
        pass
    with server.open("two") as two:
        put(one, "astray")

        assert [late.test for late in two.went_astray] == ["one"]


def test_inboxes_are_given_back(url):
    with RemoteServer(url) as server:
        opened = [server.open("test") for _ in range(TOMBSTONES + 1)]
        for one in opened:
            one.close()
        with Client(url) as client:
            assert opened[0].kept_in not in client.inboxes
            assert opened[1].kept_in in client.inboxes

    with Client(url) as client:
        assert list(client.inboxes) == []


def test_mail_that_is_to_be_kept_stays(url):
    with RemoteServer(url) as server, server.open("test") as opened:
        put(opened)
        opened.keep = True

    with Client(url) as client:
        assert len(client.inboxes[opened.kept_in]) == 1
        client.inboxes[opened.kept_in].clear()
        client._http.json("DELETE", f"/inboxes/{opened.kept_in}")


def test_what_it_takes_is_known(server, mailsink):
    assert server.takes("localhost", mailsink.port)
    assert server.takes("127.0.0.1", server.shared.port)
    assert not server.takes("mail.example.org", mailsink.port)
    assert not server.takes("127.0.0.1", 25)


def test_where_nothing_runs_it_says_so():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"

        with pytest.raises(RequestError, match=f"{url} cannot be asked: .*; is mailsink running there?"):
            RemoteServer(url).start()

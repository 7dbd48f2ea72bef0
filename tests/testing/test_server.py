from __future__ import annotations

import smtplib
import threading
import time
from functools import partial

import pytest
from sending import in_data, mail, send

import mailsink as package
from mailsink.testing import Server, serve
from mailsink.testing.server import TOMBSTONES


def at(listener) -> tuple[str, int]:
    return listener.host, listener.port


def put(where, subject="Hello", **words):
    send(at(where), mail(subject), **words)


@pytest.fixture
def fresh():
    with Server() as server:
        yield server


# --- a port for each test


def test_two_servers_never_see_each_others_mail(server):
    with server.open("one") as one, server.open("one") as two:
        put(one, "1"), put(two, "2")

        assert [m.subject for m in one] == ["1"]
        assert [m.subject for m in two] == ["2"]


def test_every_login_is_taken_unless_told_otherwise(server):
    with server.open("any") as any_, server.open("none", auth=None) as none:
        with smtplib.SMTP(*at(any_), timeout=10) as client:
            client.login("anybody", "anything")
            client.sendmail("shop@example.com", "ada@example.org", "Subject: 1")
        with smtplib.SMTP(*at(none), timeout=10) as client, pytest.raises(smtplib.SMTPNotSupportedError):
            client.login("anybody", "anything")

        assert any_.expect().auth_user == "anybody"


def test_a_login_can_be_required(server):
    with server.open("required", auth="required") as mailsink:
        with pytest.raises(smtplib.SMTPSenderRefused, match="530"):
            put(mailsink)
        with smtplib.SMTP(*at(mailsink), timeout=10) as client:
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login(mailsink.username, "wrong")
            client.login(mailsink.username, mailsink.password)
            client.sendmail("shop@example.com", "ada@example.org", "Subject: 1")

        assert mailsink.expect().auth_user == mailsink.username


def test_a_size_is_a_limit_and_extensions_are_hidden(server):
    with server.open("small", max_size=100, hide=("8bitmime", "smtputf8", "pipelining")) as mailsink:
        with smtplib.SMTP(*at(mailsink), timeout=10) as client:
            client.ehlo()
            assert client.esmtp_features["size"] == "100"
            assert not {"8bitmime", "smtputf8", "pipelining"} & set(client.esmtp_features)
        with pytest.raises(smtplib.SMTPSenderRefused, match="552"):
            send(at(mailsink), mail(text="x" * 200))


# --- late mail


def test_late_mail_is_taken_and_reported_against_its_own_test(fresh):
    with fresh.open("one") as one:
        put(one, "in time")
    with fresh.open("two") as two:
        put(one, "late")

        assert len(two) == 0
        assert [(late.test, late.line) for late in fresh.late()] == [
            ("one", "shop@example.com -> ada@example.org  'late'")
        ]
    assert fresh.late() == []


def test_what_is_in_flight_at_the_end_is_late(fresh):
    mailsink = fresh.open("one")
    with in_data(at(mailsink)) as client:
        mailsink.drain(0)
        mailsink.close()

        assert client.ask(b"\r\n.")[:3] == b"250"
    assert [late.test for late in fresh.late()] == ["one"]


def test_draining_waits_for_what_is_in_flight(fresh):
    mailsink = fresh.open("one")
    with in_data(at(mailsink)) as client:
        threading.Timer(0.05, partial(client.ask, b"\r\n.")).start()
        mailsink.drain(10)
        mailsink.close()

        assert fresh.late() == []


def test_the_oldest_tombstones_are_closed_and_what_they_got_is_kept(fresh):
    first = fresh.open("first")
    first.close()
    put(first, "late")
    for number in range(TOMBSTONES):
        fresh.open(f"{number}").close()

    assert len(fresh.listeners) == TOMBSTONES
    with pytest.raises(ConnectionRefusedError):
        put(first)
    assert [late.test for late in fresh.late()] == ["first"]


def test_two_hundred_late_threads_disturb_no_other(fresh):
    go = threading.Event()
    threads = []

    def sends(where, name):
        go.wait(10)
        put(where, name)

    for number in range(TOMBSTONES):
        with fresh.open(f"test {number}") as mailsink:
            for _ in range(200 // TOMBSTONES + 1):
                thread = threading.Thread(target=sends, args=[mailsink, f"test {number}"])
                thread.start()
                threads.append(thread)
    with fresh.open("innocent") as innocent:
        go.set()
        for thread in threads:
            thread.join(60)

        assert len(innocent) == 0
    late = fresh.late()
    assert len(late) == len(threads) >= 200
    assert all(one.line.endswith(f"'{one.test}'") for one in late)


# --- one port for all


def test_a_shared_port_stays_and_its_mail_is_that_of_the_test_in_whose_time_it_began(fresh):
    port = fresh.shared.port
    with fresh.share("one") as one:
        put(one, "1")
        assert one.expect().subject == "1"
    with fresh.share("two") as two:
        assert (two.port, len(two)) == (port, 0)
        put(fresh.shared, "2")
        assert [m.subject for m in two] == ["2"]

    assert fresh.late() == []


def test_a_connection_that_spans_tests_is_told_apart_by_its_mails(fresh):
    with smtplib.SMTP(*at(fresh.shared), timeout=10) as client:
        for name in ("one", "two"):
            with fresh.share(name) as mailsink:
                client.sendmail("shop@example.com", "ada@example.org", f"Subject: {name}")
                assert mailsink.expect(subject=name)
                assert len(mailsink) == len(mailsink.attempts()) == 1


def test_what_began_before_a_test_is_not_its_own(fresh):
    with in_data(at(fresh.shared)) as client, fresh.share("one") as one:
        client.ask(b"\r\n.")

        one.expect_none(within=0.02)


def test_mail_to_an_address_of_the_test_is_its_own_at_any_time(fresh):
    with fresh.share("one") as one:
        mine = one.address("alice")
    with fresh.share("two") as two:
        put(fresh.shared, "late", rcpt=[mine])
        put(fresh.shared, "mine", rcpt=[two.address("bob")])

        assert [m.subject for m in two] == ["mine"]
        assert [(late.test, late.line.rpartition(" ")[2]) for late in fresh.late()] == [("one", "'late'")]


def test_mail_of_the_test_s_login_is_its_own(fresh):
    with fresh.share("one") as one:
        pass
    with fresh.share("two") as two:
        for mailsink in (one, two):
            with smtplib.SMTP(*at(fresh.shared), timeout=10) as client:
                client.login(mailsink.username, mailsink.password)
                client.sendmail("shop@example.com", "ada@example.org", f"Subject: {mailsink.name}")

        assert [m.subject for m in two] == ["two"]
        assert [late.test for late in fresh.late()] == ["one"]


def test_mail_between_two_tests_is_late_mail_of_the_one_before(fresh):
    put(fresh.shared, "before all")
    with fresh.share("one"):
        pass
    put(fresh.shared, "between")
    with fresh.share("two") as two:
        assert len(two) == 0

        assert [(late.test, late.line.rpartition("  ")[2]) for late in fresh.late()] == [("one", "'between'")]


def test_an_application_s_own_login_and_tags_change_nothing(fresh):
    with fresh.share("one") as one:
        with smtplib.SMTP(*at(one), timeout=10) as client:
            client.login("shop", "anything")
            client.sendmail("shop@example.com", "ada+news@example.org", "Subject: 1")

        assert one.expect(rcpt="ada+news@example.org").auth_user == "shop"


def test_faults_of_a_shared_port_end_with_the_test(fresh):
    with fresh.share("one") as one:
        one.fail("mail")
        with pytest.raises(smtplib.SMTPSenderRefused):
            put(one)
        assert [a.reply.code for a in one.attempts()] == [451]
        assert len(one.sessions) == 1
    with fresh.share("two") as two:
        put(two)

        assert (len(two), len(two.sessions)) == (1, 1)


def test_clearing_a_part_leaves_the_rest(fresh):
    put(fresh.shared, "before")
    with fresh.share("one") as one:
        put(one)
        one.clear()

        assert len(one) == 0
    assert len(fresh.everything) == 1


def test_a_failure_tells_of_this_port_alone(fresh):
    with fresh.open("other") as other, smtplib.SMTP(*at(other), timeout=10) as client:
        client.docmd("NONSENSE")
    with fresh.share("one") as one, pytest.raises(AssertionError) as caught:
        one.expect(timeout=0.01)

    assert str(caught.value).splitlines()[1:] == [
        "no message came",
        "    nobody has connected there: is the application pointed to it?",
    ]


def test_a_failure_tells_of_its_own_port_alone(fresh):
    with smtplib.SMTP(*at(fresh.shared), timeout=10) as client:
        client.docmd("NONSENSE")
    with fresh.open("one") as one, pytest.raises(AssertionError) as caught:
        one.expect(timeout=0)

    assert str(caught.value).splitlines() == [
        f"expected 1 message, got 0 (sink 127.0.0.1:{one.port})",
        "no message came",
        "    nobody has connected there: is the application pointed to it?",
    ]


def test_mail_that_goes_to_a_test_that_is_over_is_known_to_the_one_that_runs(fresh):
    with fresh.open("one") as one:
        put(one, "in time")
    with fresh.open("two") as two:
        put(one, "astray")

        assert [(late.test, late.line.partition("  ")[2]) for late in two.went_astray] == [
            ("one", "'astray'")
        ]
    with fresh.open("three") as three:
        assert three.went_astray == []


# --- without pytest


def test_a_server_can_be_served_for_a_script():
    with serve() as inbox:
        put(inbox)

        assert inbox.expect(rcpt="ada@example.org").subject == "Hello"
    with pytest.raises(OSError, match="refused"):
        put(inbox)


def test_its_names_are_public():
    with package.serve(timeout=0.5, tls="starttls") as inbox:
        assert isinstance(inbox, package.Mailsink)
        assert inbox.timeout == 0.5


def test_the_bundle_holds_the_system_s_cas_and_ours(fresh):
    bundle = fresh.certificates.bundle_file().read_bytes()

    assert bundle.endswith(fresh.certificates.ca_pem())
    assert bundle.count(b"BEGIN CERTIFICATE") >= 1
    assert fresh.certificates.bundle_file().read_bytes() == bundle


@pytest.mark.parametrize("settle", [0, 0.05])
def test_somebody_who_is_still_sending_is_waited_for_no_longer_than_told(fresh, settle):
    opened = fresh.open("test", settle=settle)
    put(opened)

    with in_data(at(opened)) as client:
        began = time.monotonic()
        opened.expect(subject="Hello")
        waited = time.monotonic() - began
        client.ask(b"\r\n.")

    # A quarter of a second is what it would be if it were not told.
    assert settle <= waited
    assert [mail.subject for mail in opened] == ["Hello", "Hello"]


def test_a_test_s_mail_can_be_kept_when_it_is_over(fresh):
    with fresh.open("test") as opened:
        put(opened, "Broken")
        opened.keep = True

    put(opened, "Late")

    assert [m.subject for m in fresh.inboxes["test"]] == ["Broken"]
    assert [one.line for one in fresh.late()] == ["shop@example.com -> ada@example.org  'Late'"]
    assert [m.subject for m in fresh.everything] == ["Broken"]


def test_a_script_is_told_how_it_can_look(fresh):
    with pytest.raises(RuntimeError) as caught:
        fresh.open("test").pause()

    assert str(caught.value) == (
        "pause() shows the inbox in a run of pytest with mailsink's plugin; in a script, serve the pages: "
        "mailsink_web.server.serve(server)"
    )

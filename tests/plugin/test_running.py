from __future__ import annotations

import re

import pytest
import trustme

SEND = """
    import os
    import smtplib
    import subprocess
    import sys
    import threading
    import pytest

    def send(mailsink, subject="Hello", rcpt="ada@example.org"):
        with smtplib.SMTP(mailsink.host, mailsink.port, timeout=10) as client:
            client.sendmail("shop@example.com", [rcpt], f"Subject: {subject}\\n\\nHi")
"""


def passes(run, code: str, *arguments: str) -> None:
    result = run(SEND + code, *arguments)
    result.assert_outcomes(passed=1)


def failure(run, code: str, *arguments: str) -> list[str]:
    """Run one test that fails; return its exception's lines, ports shown as PORT and times as N."""
    result = run(SEND + code, *arguments)
    result.assert_outcomes(failed=1)
    lines = [line[4:] for line in result.outlines if line.startswith("E   ")]
    return [
        re.sub(r"after \d+\.\d\d s", "after N s", re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", x))
        for x in lines
    ]


# --- what a test does with it


def test_it_is_a_sequence_of_mails_oldest_first(run):
    passes(
        run,
        """
    def test_it(mailsink):
        send(mailsink, "1"), send(mailsink, "2")
        assert len(mailsink) == 2
        assert [mail.subject for mail in mailsink] == ["1", "2"]
        assert mailsink[0].subject == "1"
        assert [mail.subject for mail in mailsink[1:]] == ["2"]
        assert mailsink.latest.subject == "2"
        assert mailsink[1] in mailsink
        mailsink.clear()
        assert (list(mailsink), mailsink.latest) == ([], None)
        with pytest.raises(IndexError):
            mailsink[0]
    """,
    )


def test_it_shows_where_it_is_and_what_it_holds(run):
    passes(
        run,
        """
    def test_it(mailsink):
        send(mailsink)
        assert repr(mailsink) == (
            f"<mailsink 127.0.0.1:{mailsink.port}: [<Mail #1 shop@example.com -> ada@example.org  'Hello'>]>"
        )
        assert mailsink.url == f"smtp://127.0.0.1:{mailsink.port}"
    """,
    )


def test_so_many_are_expected_as_a_list(run):
    passes(
        run,
        """
    def test_it(mailsink):
        send(mailsink, "1"), send(mailsink, "2")
        mails = mailsink.expect(count=2)
        assert isinstance(mails, list)
        assert [mail.rcpts for mail in mails] == [["ada@example.org"]] * 2
    """,
    )


def test_mails_are_found_without_waiting(run):
    passes(
        run,
        """
    def test_it(mailsink):
        send(mailsink, "Code 1"), send(mailsink, "Code 2")
        assert [mail.sender for mail in mailsink.find(subject="Code 1")] == ["shop@example.com"]
        assert len(mailsink.find("subject:code")) == 2
        assert mailsink.find(subject="none") == []
    """,
    )


def test_a_background_thread_is_awaited_without_sleeping(run):
    passes(
        run,
        """
    def test_it(mailsink):
        threading.Timer(0.1, send, [mailsink, "Later"]).start()
        assert mailsink.expect(subject="Later").subject == "Later"
    """,
    )


def test_two_threads_send_and_both_are_expected(run):
    passes(
        run,
        """
    def test_it(mailsink):
        for number in range(2):
            threading.Thread(target=send, args=[mailsink, f"Mail {number}"]).start()
        assert {m.subject for m in mailsink.expect(count=2)} == {"Mail 0", "Mail 1"}
    """,
    )


def test_a_process_is_pointed_here_by_its_environment(run):
    passes(
        run,
        """
    CODE = (
        'import os, smtplib\\n'
        'with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as client:\\n'
        '    client.sendmail("shop@example.com", ["ada@example.org"], "Subject: From a process")\\n'
    )

    def test_it(mailsink):
        subprocess.run([sys.executable, "-c", CODE], env=os.environ | mailsink.env, check=True)
        mailsink.expect(subject="From a process")
    """,
    )


def test_an_async_test_awaits(run):
    passes(
        run,
        """
    import asyncio

    def test_it(mailsink):
        async def main():
            await asyncio.to_thread(send, mailsink)
            return await mailsink.aio.expect(subject="Hello")
        assert asyncio.run(main()).subject == "Hello"
    """,
    )


# --- what a failure says


def test_a_failure_says_what_came_and_why_it_did_not_match(run):
    lines = failure(
        run,
        """
    def test_it(mailsink):
        send(mailsink, "Welcome aboard", "bob@example.org")
        mailsink.expect(rcpt="ada@example.org", subject="Welcome aboard", timeout=0.01)
    """,
    )

    assert [line.removeprefix("    ").rstrip() for line in lines] == [
        "mailsink.errors.ExpectationError: expected 1 message, got 0 after N s (sink 127.0.0.1:PORT)",
        "    rcpt     'ada@example.org'",
        "    subject  'Welcome aboard'",
        "1 message came:",
        "  1. shop@example.com -> bob@example.org  'Welcome aboard'",
        "       rcpt     'bob@example.org'",
        "       subject  ok",
    ]


def test_a_failure_says_that_nothing_came(run):
    lines = failure(
        run,
        """
    def test_it(mailsink):
        mailsink.expect(timeout=0.01)
    """,
    )

    assert [line.removeprefix("    ") for line in lines] == [
        "mailsink.errors.ExpectationError: expected 1 message, got 0 after N s (sink 127.0.0.1:PORT)",
        "no message came",
        "    nobody has connected there: is the application pointed to it?",
    ]


def test_a_failure_of_expecting_nothing_says_what_came(run):
    lines = failure(
        run,
        """
    def test_it(mailsink):
        send(mailsink)
        mailsink.expect_none(rcpt="ada@example.org")
    """,
    )

    assert [line.removeprefix("    ") for line in lines] == [
        "mailsink.errors.ExpectationError: expected no message, got 1 (sink 127.0.0.1:PORT)",
        "    rcpt  'ada@example.org'",
        "  1. shop@example.com -> ada@example.org  'Hello'",
    ]


def test_a_failure_says_nothing_of_another_test_s_trouble(run):
    result = run(
        SEND
        + """
    def test_1_is_refused(mailsink):
        with smtplib.SMTP(mailsink.host, mailsink.port, timeout=10) as client:
            client.docmd("NONSENSE")

    def test_2_fails(mailsink):
        mailsink.expect(timeout=0.01)
    """
    )

    result.assert_outcomes(passed=1, failed=1)
    assert "was answered" not in result.stdout.str()


@pytest.mark.parametrize(
    "call", ["expect(timeout=0.01)", "expect(count=2, timeout=0.01)", "expect_none(subject='Hello')"]
)
def test_a_failure_shows_the_test_and_nothing_of_mailsink(run, call):
    result = run(
        SEND
        + f"""
    def test_it(mailsink):
        send(mailsink), send(mailsink), send(mailsink)
        mailsink.{call}
    """
    )

    result.assert_outcomes(failed=1)
    places = [line for line in result.outlines if re.match(r"\S+\.py:\d+:", line)]
    assert len(places) == 1
    assert places[0].endswith(": ExpectationError")
    assert places[0].startswith("test_a_failure_shows_the_test_and_nothing_of_mailsink.py:")


def test_so_does_a_failure_of_a_unittest(run):
    result = run(
        """
    import mailsink

    class Case(mailsink.MailsinkTestCase):
        def test_it(self):
            self.mailsink.expect(timeout=0)
    """,
        "--tb=short",
    )

    result.assert_outcomes(failed=1)
    places = [line for line in result.outlines if re.match(r"\S+\.py:\d+:", line)]
    assert [place.rpartition(" in ")[2] for place in places] == ["test_it"]


def test_a_word_that_is_none_is_refused(run):
    lines = failure(
        run,
        """
    def test_it(mailsink):
        mailsink.expect(subjct="Hello")
    """,
    )

    assert (
        lines[0]
        .strip()
        .startswith("TypeError: subjct is not a known word; did you mean subject? Known are: ")
    )


MISTAKES = """
    import asyncio

    def test_word(mailsink):
        mailsink.expect(subjct="Hello")

    def test_fault(mailsink):
        mailsink.fail("dta")

    def test_loop(mailsink):
        async def main():
            mailsink.expect()

        asyncio.run(main())

    def test_given_up(mailsink):
        async def main():
            await asyncio.wait_for(mailsink.aio.expect(), 0.01)

        asyncio.run(main())

    def test_predicate(mailsink):
        send(mailsink)
        mailsink.expect(where=lambda mail: mail.subjct == "Hello")
"""


@pytest.mark.parametrize("whole", [False, True], ids=["as a rule", "--full-trace"])
def test_a_mistake_is_shown_where_the_test_makes_it(run, whole):
    result = run(SEND + MISTAKES, "--tb=short", *(["--full-trace"] if whole else []))

    result.assert_outcomes(failed=5)
    ours = [line for line in result.outlines if re.search(r"(?:mailsink/\S+\.py|<string>):\d+:", line)]
    assert bool(ours) == whole
    assert "AttributeError: 'Mail' object has no attribute 'subjct'" in result.stdout.str()


def test_a_doctest_shows_nothing_of_mailsink(run):
    result = run(
        """
    def example():
        '''
        >>> mailsink = getfixture("mailsink")
        >>> mailsink.expect(timeout=0).subject
        'Hello'
        '''
    """,
        "--doctest-modules",
    )

    result.assert_outcomes(failed=1)
    assert [line for line in result.outlines if re.search(r'File ".*/mailsink/', line)] == []
    assert "mailsink.errors.ExpectationError: expected 1 message, got 0 (sink " in result.stdout.str()


def test_who_lacks_what_a_marker_needs_reads_one_sentence(run):
    result = run("""
    import sys
    import pytest

    sys.modules["trustme"] = None

    @pytest.mark.mailsink(tls="implicit")
    def test_it(mailsink):
        pass
    """)

    result.assert_outcomes(errors=1)
    title = "ERROR at setup of test_it"
    shown = result.outlines[next(i for i, line in enumerate(result.outlines) if title in line) + 1 :]
    assert shown[0] == (
        "@pytest.mark.mailsink: a test CA needs the package trustme; install mailsink with its extra tls, "
        "or give a certificate and a key of your own"
    )
    assert "short test summary" in shown[1]


# --- run once more, as plugins for flaky tests do


AGAIN = """
    from _pytest.runner import runtestprotocol

    def pytest_runtest_protocol(item, nextitem):
        runtestprotocol(item, nextitem=nextitem, log=False)
        item._initrequest()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        return True
"""


def test_a_test_that_is_run_again_begins_as_if_it_had_never_run(run, pytester):
    pytester.makeconftest(AGAIN)

    result = run(
        SEND
        + """
    runs = []

    @pytest.mark.mailsink(unused="error")
    def test_passes_at_last(mailsink):
        runs.append(mailsink)
        mailsink.fail("quit")
        assert len(runs) == 2

    def test_fails_twice(mailsink):
        send(mailsink)
        assert 0
    """,
        "--mailsink-save=failed",
    )

    result.assert_outcomes(passed=1, failed=1, errors=1)
    assert "1 planned fault never happened:" in result.outlines
    assert any("Captured mail (1)" in line for line in result.outlines)


# --- its settings


def test_the_default_is_five_seconds(run):
    passes(
        run,
        """
    def test_it(mailsink):
        assert mailsink.timeout == 5
    """,
    )


def test_the_ini_setting_is_the_default_of_every_expect(run):
    passes(
        run,
        """
    import time

    def test_it(mailsink):
        assert mailsink.timeout == 0.05
        began = time.monotonic()
        with pytest.raises(AssertionError):
            mailsink.expect()
        assert 0.05 <= time.monotonic() - began < 2
    """,
        "-o",
        "mailsink_timeout=0.05",
    )


def test_the_environment_multiplies_it(run, monkeypatch):
    monkeypatch.setenv("MAILSINK_TIMEOUT_SCALE", "2.5")

    passes(
        run,
        """
    def test_it(mailsink):
        assert mailsink.timeout == 5
    """,
        "-o",
        "mailsink_timeout=2",
    )


# --- more servers


def test_a_test_may_have_more_servers(run):
    passes(
        run,
        """
    def test_it(mailsink, mailsink_factory):
        backup = mailsink_factory("backup", tls="implicit", timeout=1)
        third = mailsink_factory()
        assert len({mailsink.port, backup.port, third.port}) == 3
        assert (backup.place.tls, backup.timeout, third.timeout) == ("implicit", 1, 5)
        send(third, "3")
        third.expect(subject="3")
        mailsink.expect_none()
    """,
    )


def test_a_word_that_no_server_knows_is_told(run):
    lines = failure(
        run,
        """
    def test_it(mailsink_factory):
        mailsink_factory("backup", tlss="implicit")
    """,
    )

    assert lines[0].strip() == (
        "TypeError: mailsink_factory(tlss='implicit'): tlss is not known; did you mean tls? Known are "
        "timeout, settle, auth, tls, tls_cert, tls_key, max_size, hide"
    )


def test_late_mail_of_another_server_is_reported_with_its_name(run):
    result = run(
        SEND
        + """
    opened = []

    def test_1(mailsink_factory):
        opened.append(mailsink_factory("backup"))

    def test_2():
        send(opened[0])
    """
    )

    result.assert_outcomes(passed=2)
    assert "::test_1 backup sent a mail 0." in result.stdout.str()


def test_a_fixture_of_a_wider_scope_opens_a_server_of_its_own(run):
    passes(
        run,
        """
    @pytest.fixture(scope="session")
    def shop(mailsink_server):
        with mailsink_server.open("shop", timeout=1) as shop:
            yield shop

    def test_it(shop, mailsink):
        send(shop)
        shop.expect()
        mailsink.expect_none()
    """,
    )


# --- the shared port


def test_a_shared_port_stays_and_shows_each_test_its_own(run):
    result = run(
        SEND
        + """
    ports = set()

    @pytest.fixture(scope="session")
    def app(mailsink_server):
        return mailsink_server.shared

    @pytest.mark.parametrize("number", range(5))
    def test_it(app, mailsink_shared, number):
        assert len(mailsink_shared) == 0
        send(app, f"{number}")
        assert mailsink_shared.expect().subject == f"{number}"
        ports.add(mailsink_shared.port)
        assert len(ports) == 1
    """
    )

    result.assert_outcomes(passed=5)


def test_an_address_tells_late_mail_of_a_shared_port_apart(run):
    result = run(
        SEND
        + """
    addresses = []

    def test_1(mailsink_shared):
        addresses.append(mailsink_shared.address("alice"))

    def test_2(mailsink_shared):
        send(mailsink_shared, "late", addresses[0])
        send(mailsink_shared, "mine", mailsink_shared.address("bob"))
        assert mailsink_shared.expect().subject == "mine"
    """
    )

    result.assert_outcomes(passed=2)
    assert re.search(r"::test_1 sent a mail \d\.\d\d s after it ended: .* 'late'", result.stdout.str())


def test_a_shared_port_has_no_settings_of_its_own(run):
    result = run(
        """
    import pytest

    @pytest.mark.mailsink(tls="starttls")
    def test_it(mailsink_shared):
        pass
    """
    )

    result.assert_outcomes(errors=1)
    assert (
        "@pytest.mark.mailsink(tls='starttls'): mailsink_shared is one server for all tests; "
        "use the fixture mailsink"
    ) in result.outlines


# --- its markers


def test_a_marker_makes_clients_log_in_encrypt_and_trust(run):
    passes(
        run,
        """
    import ssl

    @pytest.mark.mailsink(auth=("shop", "s3cret"), tls="required", trust=True, max_size=1000)
    def test_it(mailsink):
        with pytest.raises(smtplib.SMTPSenderRefused):
            send(mailsink)
        with smtplib.SMTP(mailsink.host, mailsink.port, timeout=10) as client:
            client.starttls(context=ssl.create_default_context())
            client.login("shop", "s3cret")
            client.sendmail("shop@example.com", "ada@example.org", "Subject: 1")
            assert client.esmtp_features["size"] == "1000"
        assert mailsink.expect(tls="starttls", auth_user="shop").tls.version >= "TLSv1.2"
    """,
    )


# --- a certificate of one's own

CERTIFICATE = """
    import ssl

    def shown(port):
        return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))

    def of(file):
        return ssl.PEM_cert_to_DER_cert(open(file).read())

    def test_every_server(mailsink, mailsink_factory):
        backup = mailsink_factory("backup", tls="implicit")
        assert shown(mailsink.tls_port) == shown(backup.port) == of("certs/run.pem")
        with smtplib.SMTP(mailsink.host, mailsink.port) as client:
            with pytest.raises(smtplib.SMTPNotSupportedError):
                client.starttls()

    @pytest.mark.mailsink(tls_cert="certs/own.chain", tls_key="certs/own.key", trust=True)
    def test_one(mailsink):
        with smtplib.SMTP(mailsink.host, mailsink.port) as client:
            client.starttls(context=ssl.create_default_context())
            assert client.sock.getpeercert(binary_form=True) == of("certs/own.pem")
"""


@pytest.fixture
def certs(pytester):
    """Two certificates with their keys: NAME.pem, NAME.key, and with its CA behind it NAME.chain."""
    directory = pytester.mkdir("certs")
    for name in ("run", "own"):
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_pem.write_to_path(directory / f"{name}.key")
        issued.cert_chain_pems[0].write_to_path(directory / f"{name}.pem")
        for pem in (issued.cert_chain_pems[0], authority.cert_pem):
            pem.write_to_path(directory / f"{name}.chain", append=True)
    return directory


def test_a_certificate_of_one_s_own_is_shown_by_a_run_or_a_test(run, certs):
    settings = ["-o", "mailsink_tls_cert=certs/run.pem", "-o", "mailsink_tls_key=certs/run.key"]

    run(SEND + CERTIFICATE, *settings).assert_outcomes(passed=2)


def test_a_certificate_that_is_none_fails_each_test_with_a_sentence(run, certs):
    result = run(
        """
    import pytest

    def test_1(mailsink):
        pass

    def test_2(mailsink):
        pass
    """,
        "-o",
        "mailsink_tls_cert=certs/no.pem",
    )

    result.assert_outcomes(errors=2)
    assert "During handling" not in result.stdout.str()
    sentence = f"mailsink_tls_cert {certs}/no.pem: No such file or directory; name PEM files that can be read"
    assert result.outlines.count(sentence) == 2


def test_a_key_of_another_certificate_is_told(run, certs):
    result = run("""
    import pytest

    @pytest.mark.mailsink(tls_cert="certs/own.pem", tls_key="certs/run.key")
    def test_it(mailsink):
        pass
    """)

    result.assert_outcomes(errors=1)
    assert (
        result.outlines.count(
            "@pytest.mark.mailsink: tls_cert certs/own.pem: the key in certs/run.key belongs to another "
            "certificate; name a PEM certificate and, by tls_key, its key"
        )
        == 1
    )


# --- what it leaves behind


def test_a_thousand_uses_leave_no_thread_and_no_descriptor_beyond_the_tombstones(run):
    result = run(
        SEND
        + """
    import gc

    def count():
        gc.collect()
        return threading.active_count(), len(os.listdir("/proc/self/fd"))

    counts = []

    @pytest.mark.parametrize("number", range(1000))
    def test_it(mailsink, number):
        send(mailsink)
        mailsink.expect()
        if number in (100, 999):
            counts.append(count())

    def test_nothing_is_left_behind(mailsink_server):
        assert counts[0] == counts[1]
        assert len(mailsink_server.listeners) == 64
        assert len(mailsink_server.everything) == 0
        assert mailsink_server.everything.wait_idle(0)
    """,
        "-q",
    )

    result.assert_outcomes(passed=1001)


# --- what it changed is put back, whoever else changes it


ENVIRONMENT = """
    import os
    import pytest

    os.environ["MAIL_USE_TLS"] = "false"
    BEFORE = dict(os.environ)

    @pytest.fixture
    def early(monkeypatch):
        monkeypatch.setenv("SMTP_HOST", "early.example.org")
        return monkeypatch

    def test_monkeypatch_is_torn_down_last(monkeypatch, mailsink):
        mailsink.configure(os.environ)
        monkeypatch.setenv("SMTP_HOST", "smtp.example.org")
        monkeypatch.delenv("MAIL_SERVER")

    def test_monkeypatch_is_torn_down_first(mailsink, monkeypatch):
        mailsink.configure(os.environ)
        monkeypatch.setenv("SMTP_HOST", "smtp.example.org")

    def test_monkeypatch_changed_it_before_and_is_torn_down_first(mailsink, early):
        mailsink.configure(os.environ)
        assert os.environ["SMTP_HOST"] == mailsink.host
        early.setenv("SMTP_HOST", "smtp.example.org")

    def test_monkeypatch_changed_it_before_and_is_torn_down_last(early, mailsink):
        mailsink.configure(os.environ)

    @pytest.fixture
    def away(monkeypatch):
        monkeypatch.setenv("MAIL_USE_TLS", "true")

    def test_it_is_changed_to_what_it_was(away, mailsink):
        assert mailsink.env["MAIL_USE_TLS"] == BEFORE["MAIL_USE_TLS"]
        mailsink.configure(os.environ)

    def test_two_servers(monkeypatch, mailsink_factory, mailsink):
        mailsink.configure(os.environ)
        mailsink_factory().configure(os.environ)
        monkeypatch.setenv("SMTP_HOST", "smtp.example.org")
        mailsink.configure(os.environ)

    def test_nothing_is_left():
        assert {**os.environ, "PYTEST_CURRENT_TEST": ""} == {**BEFORE, "PYTEST_CURRENT_TEST": ""}
"""


def test_the_environment_is_put_back_whichever_fixture_came_first(run):
    run(ENVIRONMENT).assert_outcomes(passed=7)


def test_it_is_put_back_when_a_run_is_interrupted(run, pytester):
    pytester.makeconftest(
        """
    import os

    def pytest_configure(config):
        # Called last: what is added first.
        config.add_cleanup(lambda: print("left:", "SMTP_HOST" in os.environ))
    """
    )

    result = run(
        """
    import os

    def test_it(monkeypatch, mailsink):
        mailsink.configure(os.environ)
        monkeypatch.setenv("SMTP_HOST", "smtp.example.org")
        raise KeyboardInterrupt
    """
    )

    assert "left: False" in result.outlines


# --- the end of the run


AT_THE_END = """
    import smtplib
    import pytest

    opened = []

    @pytest.fixture(scope="session", autouse=True)
    def worker():
        # Set up before the server of the run, it is torn down after it.
        yield
        with smtplib.SMTP(*opened, timeout=10) as client:
            client.sendmail("shop@example.com", ["ada@example.org"], "Subject: Flushed")

    def test_it(mailsink):
        opened[:] = mailsink.host, mailsink.port
"""


@pytest.mark.parametrize("arguments", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_what_a_fixture_sends_at_the_end_of_the_run_is_late_mail(run, arguments):
    result = run(AT_THE_END, *arguments, plugins=("xdist",))

    result.assert_outcomes(passed=1)
    assert re.search(r"::test_it sent a mail \d\.\d\d s after it ended: .* 'Flushed'", result.stdout.str())


# --- clocks that a test has stopped


CLOCKS = (
    SEND
    + """
    import asyncio
    from mailsink import ExpectationError

    @pytest.fixture(params=["2020-01-01", "2040-01-01"], autouse=True)
    def stopped(request):
        with STOP:
            yield

    def later(mailsink, subject="Hello"):
        threading.Timer(0.05, send, [mailsink, subject]).start()

    def test_what_comes_is_waited_for(mailsink):
        later(mailsink)
        assert mailsink.expect(rcpt="ada@example.org").subject == "Hello"

    def test_what_does_not_come_is_given_up(mailsink):
        mailsink.expect_none(within=0.01)
        with pytest.raises(ExpectationError, match=r"after 0\\.0"):
            mailsink.expect(timeout=0.01)

    def test_coroutines_give_up_too(mailsink):
        with pytest.raises(ExpectationError):
            asyncio.run(mailsink.aio.expect(timeout=0.01))

    def test_a_part_is_a_part(mailsink):
        send(mailsink, "1")
        with mailsink.during() as sent:
            send(mailsink, "2")
        send(mailsink, "3")
        assert sent.expect().subject == "2"

    def test_the_shared_port_tells_tests_apart(mailsink_shared):
        send(mailsink_shared)
        mailsink_shared.expect()

    def test_faults_that_take_time_end(mailsink):
        mailsink.delay("mail", 0.01)
        send(mailsink)
        mailsink.expect()
"""
)


@pytest.mark.parametrize(
    "stop",
    [
        "__import__('freezegun').freeze_time(request.param)",
        "__import__('time_machine').travel(request.param, tick=False)",
    ],
    ids=["freezegun", "time-machine"],
)
def test_mail_is_waited_for_though_the_clocks_are_stopped(run, monkeypatch, stop):
    pytest.importorskip("time_machine" if "time_machine" in stop else "freezegun")
    # uvloop has a clock of its own.
    monkeypatch.setenv("MAILSINK_LOOP", "asyncio")

    run(CLOCKS.replace("STOP", stop)).assert_outcomes(passed=12)

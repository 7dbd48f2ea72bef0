from __future__ import annotations

import pytest

SEND = """
    import smtplib
    import pytest

    def send(mailsink, subject="Hello", rcpt="ada@example.org"):
        with smtplib.SMTP(mailsink.host, mailsink.port, timeout=10) as client:
            client.sendmail("shop@example.com", [rcpt], f"Subject: {subject}\\n\\nHi")
"""


def test_a_test_catches_what_is_sent_to_it(run):
    result = run(
        SEND
        + """
    def test_it(mailsink):
        send(mailsink, "Welcome")
        assert mailsink.expect(rcpt="ada@example.org").subject == "Welcome"
    """
    )

    result.assert_outcomes(passed=1)


def test_two_tests_never_see_each_others_mail(run):
    result = run(
        SEND
        + """
    seen = []

    @pytest.mark.parametrize("number", range(5))
    def test_it(mailsink, number):
        assert len(mailsink) == 0
        send(mailsink, f"Mail {number}")
        assert mailsink.expect().subject == f"Mail {number}"
        assert mailsink.port not in seen
        seen.append(mailsink.port)
    """
    )

    result.assert_outcomes(passed=5)


def test_mail_that_comes_when_its_test_is_over_reaches_no_other(run):
    result = run(
        SEND
        + """
    left = []

    def test_1_leaves_a_session_open(mailsink):
        client = smtplib.SMTP(mailsink.host, mailsink.port, timeout=10)
        client.mail("shop@example.com")
        client.rcpt("ada@example.org")
        left.append((client, mailsink.port))

    def test_2_is_not_disturbed(mailsink):
        client, port = left[0]
        with pytest.raises((smtplib.SMTPException, OSError)):
            client.data(b"Subject: late\\r\\n\\r\\n")
        client.close()
        with pytest.raises(OSError):
            smtplib.SMTP("127.0.0.1", port, timeout=10)
        mailsink.expect_none(within=0.05)
    """
    )

    result.assert_outcomes(passed=2)


def test_mail_in_flight_when_its_test_ends_is_taken(run):
    result = run(
        SEND
        + """
    import threading
    from sending import in_data
    sending = []
    ended = []

    def test_1_ends_while_its_application_sends(mailsink):
        sending.append(in_data((mailsink.host, mailsink.port)))
        client = sending[0].__enter__()
        threading.Timer(0.05, lambda: ended.append(client.ask(b"\\r\\n.")[:3])).start()

    def test_2(mailsink):
        assert ended == [b"250"]
        assert len(mailsink) == 0
        sending[0].__exit__(None, None, None)
    """
    )

    result.assert_outcomes(passed=2)


def test_a_module_s_tests_share_the_sink_and_not_the_inbox(run):
    result = run(
        SEND
        + """
    sinks = set()

    @pytest.mark.parametrize("number", range(3))
    def test_it(mailsink, mailsink_server, number):
        sinks.add(id(mailsink_server))
        send(mailsink)
        assert len(mailsink_server.everything) == 1
        assert len(sinks) == 1
    """
    )

    result.assert_outcomes(passed=3)


def test_it_works_under_xdist(run):
    result = run(
        SEND
        + """
    @pytest.mark.parametrize("number", range(20))
    def test_it(mailsink, number):
        send(mailsink, f"Mail {number}")
        assert mailsink.expect().subject == f"Mail {number}"
    """,
        "-n",
        "2",
        plugins=("xdist",),
    )

    result.assert_outcomes(passed=20)


def test_it_works_with_warnings_as_errors(run):
    result = run(
        SEND
        + """
    def test_it(mailsink):
        send(mailsink)
        mailsink.expect()
        mailsink.expect_none(subject="other")
    """,
        "-W",
        "error",
    )

    result.assert_outcomes(passed=1)
    assert "Warning" not in result.stdout.str() + result.stderr.str()


def test_a_test_that_uses_nothing_of_it_loads_nothing_of_it(run):
    result = run(
        """
    import sys

    def test_it():
        assert "mailsink" not in sys.modules
        assert "pytest_mailsink.fixture" not in sys.modules
    """
    )

    result.assert_outcomes(passed=1)


def test_the_fixtures_are_listed_with_what_they_are(run):
    result = run("", "--fixtures", "-v")

    said = result.stdout.str()
    assert "mailsink -- " in said
    assert "An SMTP server of this test's own: a port and an inbox that no other test sees." in said
    assert "mailsink_server [session scope] -- " in said
    assert "The running `mailsink.Sink` of this session; under pytest-xdist each worker has its own." in said


def test_the_setting_is_listed_with_what_it_does(run):
    said = " ".join(run("", "--help").stdout.str().split())

    assert (
        "mailsink_timeout (string): mailsink: how many seconds expect() waits when a test does not say; "
        "the environment's MAILSINK_TIMEOUT_SCALE multiplies it"
    ) in said


def test_a_fixture_can_be_built_on_it(run):
    result = run(
        SEND
        + """
    @pytest.fixture
    def shop(mailsink):
        return lambda: send(mailsink, "Bill")

    def test_it(shop, mailsink):
        shop()
        mailsink.expect(subject="Bill")
    """
    )

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("scope", ["class", "module", "session"])
def test_a_wider_fixture_opens_a_listener_of_its_own_on_the_server(run, scope):
    result = run(
        SEND
        + f"""
    @pytest.fixture(scope="{scope}")
    def shop(mailsink_server):
        listener = mailsink_server.listen(inbox="shop")
        yield mailsink_server.inboxes["shop"], listener
        listener.close()

    def test_it(shop, mailsink):
        inbox, listener = shop
        send(listener)
        inbox.expect()
        mailsink.expect_none()
    """
    )

    result.assert_outcomes(passed=1)

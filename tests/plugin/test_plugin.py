from __future__ import annotations

import re

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


def test_mail_that_comes_when_its_test_is_over_is_taken_and_reaches_no_other(run):
    result = run(
        SEND
        + """
    left = []

    def test_1_leaves_a_session_open(mailsink):
        client = smtplib.SMTP(mailsink.host, mailsink.port, timeout=10)
        client.ehlo()
        client.mail("shop@example.com")
        client.rcpt("ada@example.org")
        left.append((client, mailsink))

    def test_2_is_not_disturbed(mailsink):
        client, first = left[0]
        assert client.data(b"Subject: late\\r\\n\\r\\n")[0] == 250
        client.quit()
        send(first, "later")
        mailsink.expect_none(within=0.05)
    """,
        "-o",
        "mailsink_drain=0.01",
    )

    result.assert_outcomes(passed=2)
    lines = [re.sub(r"\d+\.\d\d s", "N s", line) for line in result.outlines]
    start = next(i for i, line in enumerate(lines) if "late mail" in line)
    first = (
        "test_mail_that_comes_when_its_test_is_over_is_taken_and_reaches_no_other.py::"
        "test_1_leaves_a_session_open sent a mail N s after it ended:"
    )
    assert lines[start + 1 : start + 4] == [
        f"{first} shop@example.com -> ada@example.org  'late'",
        f"{first} shop@example.com -> ada@example.org  'later'",
        "These tests ended before their mail came: expect() it in them.",
    ]


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
        assert "pytest_mailsink.running" not in sys.modules
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


# --- late mail


LATE = (
    SEND
    + """
    class Ends:
        def test_1_ends_early(self, mailsink):
            type(self).left = mailsink

        def test_2_innocent(self, mailsink):
            send(self.left, "late")
            mailsink.expect_none()

    class TestA(Ends): pass
    class TestB(Ends): pass
    class TestC(Ends): pass
    class TestD(Ends): pass
"""
)


def late(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "after it ended" in line]


def test_late_mail_is_named_after_the_run(run):
    result = run(LATE)

    result.assert_outcomes(passed=8)
    assert [re.search(r"Test\w::test_\w+", line)[0] for line in late(result)] == [
        f"Test{name}::test_1_ends_early" for name in "ABCD"
    ]
    assert result.ret == pytest.ExitCode.OK


def test_late_mail_of_every_worker_is_named(run):
    result = run(LATE, "-n", "2", "--dist=loadscope", plugins=("xdist",))

    result.assert_outcomes(passed=8)
    assert len(late(result)) == 4


def test_late_mail_can_fail_the_run(run):
    result = run(LATE, "-o", "mailsink_late=error")

    result.assert_outcomes(passed=8)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_late_mail_of_a_worker_can_fail_the_run(run):
    result = run(LATE, "-n", "2", "--dist=loadscope", "-o", "mailsink_late=error", plugins=("xdist",))

    assert (len(late(result)), result.ret) == (4, pytest.ExitCode.TESTS_FAILED)


def test_late_mail_can_be_ignored(run):
    result = run(LATE, "-o", "mailsink_late=ignore")

    assert (late(result), result.ret) == ([], pytest.ExitCode.OK)
    assert "late mail" not in result.stdout.str()


def test_the_fixtures_tell_of_each_other(run):
    said = run("", "--fixtures", "-v").stdout.str()

    assert "mailsink_factory -- " in said
    assert "mailsink_shared -- " in said


def test_two_hundred_tests_with_late_threads_disturb_no_other(run):
    result = run(
        SEND
        + """
    import threading

    threads = []

    @pytest.fixture
    def over():
        over = threading.Event()
        yield over
        over.set()

    @pytest.mark.parametrize("number", range(200))
    def test_it(over, mailsink, number):
        def late():
            over.wait(30)
            send(mailsink, f"[{number}]")

        threads.append(threading.Thread(target=late))
        threads[-1].start()
        assert len(mailsink) == 0

    @pytest.fixture(scope="session", autouse=True)
    def at_the_end(mailsink_server):
        yield
        for thread in threads:
            thread.join(30)
    """,
        "-n",
        "2",
        plugins=("xdist",),
    )

    result.assert_outcomes(passed=200)
    named = [re.search(r"test_it(\[\d+\]).*'(\[\d+\])'", line).groups() for line in late(result)]
    assert all(test == subject for test, subject in named)
    assert len(named) == 200

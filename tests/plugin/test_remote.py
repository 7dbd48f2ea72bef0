"""The fixtures over a running mailsink: the same tests, another server."""

from __future__ import annotations

import re

import pytest
from guards.sources import ROOT, blocks
from serving import Server, running

EXAMPLES = [
    *blocks(ROOT / "docs/pytest-examples.md", "python"),
    *(block for block in blocks(ROOT / "docs/pytest.md", "python") if "mailsink_shared" in block.code),
]

SEND = """
    import smtplib
    import pytest

    def send(where, subject="Hello", rcpt="ada@example.org"):
        with smtplib.SMTP(where.host, where.port, timeout=10) as client:
            client.sendmail("shop@example.com", [rcpt], f"Subject: {subject}\\r\\n\\r\\nHi")
"""


@pytest.fixture(scope="module")
def url():
    with running() as url:
        yield url


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: f"line {block.line}")
def test_an_example_passes_over_a_running_server(run, url, block):
    result = run(block.code, "-W", "error", f"--mailsink-url={url}")

    assert set(result.parseoutcomes()) == {"passed"}, result.stdout.str()


def test_the_environment_names_it_and_workers_share_it(run, url, monkeypatch):
    monkeypatch.setenv("MAILSINK_URL", url)

    result = run(
        SEND
        + f"""
    @pytest.mark.parametrize("number", range(12))
    def test_it(mailsink, mailsink_shared, mailsink_server, number):
        assert mailsink_server.url == "{url}"
        send(mailsink, f"Own {{number}}")
        send(mailsink_shared, f"Shared {{number}}", mailsink_shared.address("ada"))
        assert mailsink.expect().subject == f"Own {{number}}"
        assert mailsink_shared.expect().subject == f"Shared {{number}}"
    """,
        "-n",
        "2",
        plugins=("xdist",),
    )

    result.assert_outcomes(passed=12)
    assert "late mail" not in result.stdout.str()


def test_what_it_tells_is_read_though_the_clocks_are_stopped(run, url):
    pytest.importorskip("freezegun")
    result = run(
        SEND
        + """
    from freezegun import freeze_time

    @freeze_time("2020-01-01")
    def test_it(mailsink):
        fault = mailsink.fail("mail", times=1)
        with pytest.raises(smtplib.SMTPSenderRefused):
            send(mailsink, "Refused")
        with mailsink.during() as sent:
            send(mailsink, "Hello")
        assert sent.expect().received.year > 2020
        assert fault.hits == 1
        assert [attempt.reply.code for attempt in mailsink.attempts()] == [451, 250]
        assert len(mailsink.sessions) == 2
    """,
        f"--mailsink-url={url}",
    )

    result.assert_outcomes(passed=1)


def test_late_mail_is_named_after_the_run(run, url):
    result = run(
        SEND
        + """
    left = []

    def test_1(mailsink):
        left.append(mailsink)

    def test_2(mailsink):
        send(left[0], "Late")
        mailsink.expect_none()
    """,
        f"--mailsink-url={url}",
    )

    result.assert_outcomes(passed=2)
    [line] = [line for line in result.outlines if "after it ended" in line]
    assert re.search(r"::test_1 sent a mail \d\.\d\d s after it ended: .*'Late'", line)


def test_a_failing_test_shows_its_mail_and_writes_it(run, url, pytester):
    result = run(
        SEND
        + """
    def test_it(mailsink):
        send(mailsink, "Broken")
        assert 0
    """,
        f"--mailsink-url={url}",
        "--mailsink-save=failed",
        "--mailsink-dir=out",
    )

    result.assert_outcomes(failed=1)
    assert "  1. shop@example.com -> ada@example.org  'Broken'" in result.outlines
    names = {path.name for path in (pytester.path / "out").rglob("*") if path.is_file()}
    assert names == {"001-broken.eml", "index.html", "smtp.txt"}


def test_who_sends_to_the_shared_port_without_saying_whose_mail_it_is_is_told_how(run, url):
    result = run(
        SEND
        + """
    def test_it(mailsink_server, mailsink_shared):
        send(mailsink_server.shared)
        assert mailsink_shared.find()
    """,
        f"--mailsink-url={url}",
    )

    result.assert_outcomes(failed=1)
    at = result.outlines.index("no mail came")
    assert re.sub(r":\d+", ":PORT", result.outlines[at + 1]) == (
        "others send to 127.0.0.1:PORT, too: this test's is what is addressed to "
        "mailsink_shared.address(...) or logs in as mailsink_shared.username"
    )


def test_the_guard_lets_mail_go_there(run, url):
    result = run(
        SEND
        + """
    def test_it(mailsink, mailsink_shared, mailsink_guard):
        send(mailsink)
        send(mailsink_shared, rcpt=mailsink_shared.address())
        with pytest.raises(ConnectionRefusedError):
            smtplib.SMTP("mail.example.org")
    """,
        f"--mailsink-url={url}",
    )

    result.assert_outcomes(failed=1)
    assert "  1. SMTP to mail.example.org:25" in result.outlines


def test_a_server_that_dies_is_told_in_a_sentence_and_the_run_goes_on(run, tmp_path):
    with Server(tmp_path) as server:
        result = run(
            SEND
            + f"""
    import os
    import signal

    def test_0(mailsink):
        pass

    def test_1(mailsink):
        send(mailsink)
        os.kill({server.process.pid}, signal.SIGKILL)
        mailsink.expect()

    def test_2(mailsink):
        pass

    def test_3():
        pass
    """,
            f"--mailsink-url={server.http}",
        )

    result.assert_outcomes(passed=2, failed=1, errors=2)
    sentence = f"{server.http} cannot be asked: Connection refused; is mailsink running there?"
    assert [line for line in result.outlines if line.endswith(sentence) and line[:1] != "E"] == [
        sentence,
        sentence,
        f"it cannot be shown: {sentence}",
        f"late mail is not known: {sentence}",
    ]


def test_where_nothing_runs_the_tests_say_so(run):
    result = run("def test_it(mailsink): pass", "--mailsink-url=http://127.0.0.1:9")

    result.assert_outcomes(errors=1)
    title = next(i for i, line in enumerate(result.outlines) if "ERROR at setup" in line)
    assert result.outlines[title + 1] == (
        "http://127.0.0.1:9 cannot be asked: Connection refused; is mailsink running there?"
    )
    assert "short test summary" in result.outlines[title + 2]


def test_an_address_that_is_none_is_refused(run):
    result = run("def test_it(mailsink): pass", "--mailsink-url=here")

    result.assert_outcomes(errors=1)
    assert "here is not the address of a server; write http://HOST:PORT" in result.outlines

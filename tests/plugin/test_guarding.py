from __future__ import annotations

import re

import pytest

# Nothing here leaves the machine: the guard refuses before a name is looked up or a byte is sent.
SEND = """
    import smtplib
    import socket
    import threading
    import pytest

    def send(host, port):
        with smtplib.SMTP(host, port, timeout=10) as client:
            client.sendmail("shop@example.com", ["ada@example.org"], "Subject: Hello\\r\\n\\r\\nHi")

    def swallow(host="mail.example.org", port=587):
        with pytest.raises(ConnectionRefusedError):
            send(host, port)
"""
ON = ("-o", "mailsink_guard=on")


def said(result: pytest.RunResult) -> list[str]:
    return [re.sub(r"\.py:\d+", ".py:N", line) for line in result.outlines]


STRAYED = [
    "mail was on its way past the sink:",
    "  1. SMTP to mail.example.org:587",
    "       NAME.py:N, in send",
    "point it at mailsink.host and mailsink.port, or allow it: mailsink_guard.allow('mail.example.org', 587)",
]


def strayed(result: pytest.RunResult, name: str) -> bool:
    wanted = [line.replace("NAME", name) for line in STRAYED]
    lines = said(result)
    return any(lines[at : at + 4] == wanted for at in range(len(lines)))


GUARDED = {
    "setting": (ON, "", "mailsink"),
    "option": (("--mailsink-guard=on",), "", "mailsink"),
    "fixture": ((), "", "mailsink, mailsink_guard"),
    "fixture alone": ((), "", "mailsink_guard"),
    "marker": ((), "@pytest.mark.mailsink(guard=True)", "mailsink"),
    "marker alone": ((), "@pytest.mark.mailsink(guard=True)", ""),
    "shared": ((), "@pytest.mark.mailsink(guard=True)", "mailsink_shared"),
}


@pytest.mark.parametrize(("arguments", "mark", "fixtures"), GUARDED.values(), ids=list(GUARDED))
def test_a_test_that_talks_smtp_elsewhere_fails_though_the_application_hides_it(
    run, arguments, mark, fixtures
):
    result = run(SEND + f"\n    {mark}\n    def test_it({fixtures}):\n        swallow()\n", *arguments)

    result.assert_outcomes(failed=1)
    assert strayed(result, "test_a_test_that_talks_smtp_elsewhere_fails_though_the_application_hides_it"), (
        result.stdout.str()
    )


def test_mail_to_the_sink_passes_by_name_and_by_address(run):
    result = run(
        SEND
        + """
    def test_it(mailsink, mailsink_factory):
        for host in ("127.0.0.1", "localhost"):
            send(host, mailsink.port)
        send("127.0.0.1", mailsink_factory().port)
        assert len(mailsink) == 2

    def test_down(mailsink):
        with mailsink.down(), pytest.raises(ConnectionRefusedError):
            send(mailsink.host, mailsink.port)

    def test_no_smtp():
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname()).close()
    """,
        *ON,
    )

    result.assert_outcomes(passed=3)


def test_what_is_allowed_passes(run):
    result = run(
        SEND
        + """
    def test_it(mailsink_guard):
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            port = held.getsockname()[1]
            mailsink_guard.allow("localhost", port)
            with pytest.raises(ConnectionRefusedError) as refused:
                send("localhost", port)
        assert "sink" not in str(refused.value)
    """
    )

    result.assert_outcomes(passed=1)


def test_a_library_that_is_not_smtplib_is_known_by_the_port(run):
    result = run(
        SEND
        + """
    import asyncio

    async def connect():
        await asyncio.open_connection("127.0.0.1", 465)

    def test_it(mailsink):
        with pytest.raises(ConnectionRefusedError, match="SMTP to 127.0.0.1:465 is refused"):
            asyncio.run(connect())
    """,
        *ON,
    )

    result.assert_outcomes(failed=1)
    assert "  1. SMTP to 127.0.0.1:465" in said(result)


def test_a_test_that_fails_anyway_tells_of_it_too(run):
    result = run(
        SEND
        + """
    def test_it(mailsink):
        swallow()
        assert not "this"
    """,
        *ON,
    )

    result.assert_outcomes(failed=1)
    assert any("assert not 'this'" in line for line in said(result))
    assert strayed(result, "test_a_test_that_fails_anyway_tells_of_it_too")


def test_a_stray_in_tear_down_is_an_error(run):
    result = run(
        SEND
        + """
    @pytest.fixture
    def app():
        yield
        swallow()

    def test_it(mailsink, app):
        pass
    """,
        *ON,
    )

    result.assert_outcomes(passed=1, errors=1)
    assert strayed(result, "test_a_stray_in_tear_down_is_an_error")


@pytest.mark.parametrize("mark", ["", "@pytest.mark.mailsink(guard=False)"], ids=["off", "left out"])
def test_who_is_not_guarded_is_let_go(run, mark):
    # Port 0 of this machine: refused by the system, whoever asks.
    result = run(
        SEND
        + f"""
    {mark}
    def test_it(mailsink):
        with socket.socket() as held, pytest.raises(ConnectionRefusedError) as refused:
            held.bind(("127.0.0.1", 0))
            send("127.0.0.1", held.getsockname()[1])
        assert "sink" not in str(refused.value)
    """,
        *(ON if mark else ()),
    )

    result.assert_outcomes(passed=1)


def test_a_test_after_a_guarded_one_is_not(run):
    result = run(
        SEND
        + """
    def test_1(mailsink_guard):
        assert mailsink_guard.active

    def test_2(pytestconfig):
        assert not pytestconfig.pluginmanager.get_plugin("mailsink-guard").guard.active
    """
    )

    result.assert_outcomes(passed=2)


# What a thread does that nobody waits for.
STRAYS = """
    import contextlib, smtplib, pytest

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(item):
        result = yield
        if item.name == "test_1":
            with contextlib.suppress(OSError):
                smtplib.SMTP("mail.example.org")
        return result
"""


@pytest.mark.parametrize("arguments", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_stray_between_tests_is_named_after_the_run(run, pytester, arguments):
    pytester.makeconftest(STRAYS)

    result = run("def test_1(): pass\n\ndef test_2(): pass", *ON, *arguments, plugins=("xdist",))

    result.assert_outcomes(passed=2)
    name = "test_a_stray_between_tests_is_named_after_the_run.py"
    when = f"when {name}::test_1 was over"
    assert [one.partition(": ") for one in said(result) if one.startswith("SMTP to")] == [
        (
            f"SMTP to mail.example.org:25, which is not the sink, {when}",
            ": ",
            "conftest.py:N, in pytest_runtest_protocol",
        )
    ]

from __future__ import annotations

import pytest

from mailsink.policy import EXTENSIONS

TEST = """
    import pytest

    def test_it(mailsink):
        pass
"""


def said(result: pytest.RunResult) -> str:
    return result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize("text", ["0", "-1", "inf", "nan", "soon", ""])
def test_a_bad_timeout_is_named(run, text):
    result = run(TEST, "-o", f"mailsink_timeout={text}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: mailsink_timeout = {text}: must be a number greater than 0\n" in said(result)
    assert "Traceback" not in said(result)


@pytest.mark.parametrize("text", ["0", "fast"])
def test_a_bad_scale_is_named(run, monkeypatch, text):
    monkeypatch.setenv("MAILSINK_TIMEOUT_SCALE", text)

    result = run(TEST)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: MAILSINK_TIMEOUT_SCALE = {text}: must be a number greater than 0\n" in said(result)


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("mailsink_drain=-1", "mailsink_drain = -1: must be a number from 0 on"),
        ("mailsink_late=never", "mailsink_late = never: must be one of warn, error, ignore"),
        ("mailsink_save=some", "mailsink_save = some: must be one of failed, all, never"),
        ("mailsink_django=on", "mailsink_django = on: must be one of auto, off"),
        (
            "mailsink_tls_key=/a.key",
            "mailsink_tls_key = /a.key: there is no certificate for it; set mailsink_tls_cert",
        ),
    ],
)
def test_a_bad_setting_is_named(run, setting, text):
    result = run(TEST, "-o", setting)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {text}\n" in said(result)


def test_no_drain_is_a_setting(run):
    run(TEST, "-o", "mailsink_drain=0").assert_outcomes(passed=1)


def test_a_number_is_a_number_in_toml(run, pytester):
    pytester.makepyprojecttoml("[tool.pytest]\nmailsink_timeout = 2\nmailsink_drain = 0.25\n")

    run("def test_it(mailsink): assert mailsink.timeout == 2").assert_outcomes(passed=1)


def test_the_settings_are_listed_with_what_they_do(run):
    text = " ".join(run("", "--help").stdout.str().split())

    timeout = (
        "mailsink_timeout (float): mailsink: how many seconds expect() waits when a test does not say; "
        "the environment's MAILSINK_TIMEOUT_SCALE multiplies it"
    )
    settle = (
        "mailsink_settle (float): mailsink: how many seconds expect() and expect_none() look again while "
        "somebody is still sending"
    )
    for line in (
        timeout,
        settle,
        "mailsink_drain (float): mailsink: how many seconds a test's end waits for mail that is being sent",
        "mailsink_late (string): mailsink: what mail that comes after its test is: warn, error or ignore",
        "mailsink_django (string): mailsink: whether Django's mail goes to the fixture: auto or off",
        "mailsink_tls_cert (string): mailsink: the PEM file of a certificate of your own, for the",
        "mailsink_tls_key (string): mailsink: the PEM file of its key, where it is not in the same file",
        "mailsink_guard (string): mailsink: whether a test fails that talks SMTP elsewhere: off or on",
        "--mailsink-guard={off,on} Fail tests that talk SMTP to anything but the sink.",
        "mailsink_save (string): mailsink: whose mail is written to files: failed, all or never",
        "mailsink_dir (string): mailsink: where it is written, in a directory for each test",
        "--mailsink-save={failed,all,never} Write the mail of failed tests, of all or of none to files.",
        "--mailsink-dir=DIR Where the mail is written. Default: .mailsink",
        "--mailsink-url=URL Use the running mailsink at this address, as MAILSINK_URL",
        "--mailsink-ui Show the mail of failed tests in the browser inbox, which stays until Enter",
    ):
        assert line in text


def test_the_marker_is_listed(run):
    assert (
        "@pytest.mark.mailsink(timeout, auth, tls, tls_cert, tls_key, max_size, hide, unexpected, unused, "
        "django, trust, guard): how the fixture mailsink behaves in this test"
    ) in run("", "--markers").stdout.str()


# --- the marker


def test_the_closest_marker_wins_word_by_word(run):
    run(
        """
    import pytest

    pytestmark = pytest.mark.mailsink(timeout=1, tls="starttls")

    @pytest.mark.mailsink(timeout=2)
    class TestIt:
        def test_1(self, mailsink):
            assert (mailsink.timeout, mailsink.place.tls) == (2, "starttls")

        @pytest.mark.mailsink(timeout=3, tls="implicit")
        def test_2(self, mailsink):
            assert (mailsink.timeout, mailsink.place.tls) == (3, "implicit")

    def test_3(mailsink):
        assert mailsink.timeout == 1
    """,
        "--strict-markers",
    ).assert_outcomes(passed=3)


UNKNOWN = (
    "@pytest.mark.mailsink(timeot=1): timeot is not known; did you mean timeout? Known are timeout, auth, "
    "tls, tls_cert, tls_key, max_size, hide, unexpected, unused, django, trust, guard"
)


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        (
            "timeot=1",
            UNKNOWN,
        ),
        ("5", "@pytest.mark.mailsink(5): give everything by its name"),
        ("timeout=0", "@pytest.mark.mailsink(timeout=0): must be a number of seconds above 0"),
        (
            "auth='shop'",
            """@pytest.mark.mailsink: auth='shop': must be ("user", "password"), "required", "any" or None""",
        ),
        (
            "tls=True",
            '@pytest.mark.mailsink: tls=True: must be "none", "starttls", "implicit" or "required"',
        ),
        ("max_size='1k'", "@pytest.mark.mailsink: max_size='1k': must be a number of octets above 0"),
        (
            "hide='8bitmime'",
            "@pytest.mark.mailsink: hide='8bitmime': must be a tuple of extensions, such as (\"8bitmime\",)",
        ),
        (
            "hide=('8bit',)",
            f"@pytest.mark.mailsink: hide=8BIT: not a known extension; known are {', '.join(EXTENSIONS)}",
        ),
        ("unexpected=True", '@pytest.mark.mailsink(unexpected=True): must be "error" or "ignore"'),
        ("unused='warn'", "@pytest.mark.mailsink(unused='warn'): must be \"error\" or \"ignore\""),
        ("django='off'", "@pytest.mark.mailsink(django='off'): must be True or False"),
        ("guard='on'", "@pytest.mark.mailsink(guard='on'): must be True or False"),
        ("trust=1", "@pytest.mark.mailsink(trust=1): must be True or False"),
    ],
    ids=lambda value: value.partition("=")[0] if "@" not in value else "",
)  # fmt: skip
def test_a_wrong_marker_is_told(run, mark, text):
    result = run(
        f"""
    import pytest

    @pytest.mark.mailsink({mark})
    def test_it(mailsink):
        pass
    """
    )

    result.assert_outcomes(errors=1)
    assert text in result.outlines
    assert "Traceback" not in said(result)

from __future__ import annotations

import re

import pytest

FAILING = """
    import smtplib
    import pytest

    def send(where, subject):
        with smtplib.SMTP(where.host, where.port, timeout=10) as client:
            content = f"To: ada@example.org\\r\\nSubject: {subject}\\r\\n\\r\\n```js"
            client.sendmail("shop@example.com", "ada@example.org", content)

    left = []

    def test_1(mailsink):
        left.append(mailsink)
        send(mailsink, "Hello")
        assert 0

    def test_2():
        send(left[0], "Late")
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    file = tmp_path / "summary.md"
    file.write_text("What another step wrote.\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    return file


@pytest.mark.parametrize("arguments", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_mail_of_failed_tests_and_late_mail_are_written(run, file, pytester, arguments):
    run(FAILING, "--mailsink-save=failed", *arguments, plugins=("xdist",))

    name = "test_mail_of_failed_tests_and_late_mail_are_written.py"
    said = re.sub(r"\d+\.\d\d s", "N s", re.sub(r"\d+ bytes", "N bytes", file.read_text("utf-8")))
    assert said.splitlines() == [
        "What another step wrote.",
        "### mailsink",
        "",
        f"Mail of the failed test `{name}::test_1`",
        "",
        f"Its files are in `{pytester.path / '.mailsink' / name}_test_1`",
        "",
        "````text",
        "  1. shop@example.com -> ada@example.org  'Hello'",
        "       To: ada@example.org",
        "       (N bytes)",
        "       | ```js",
        "````",
        "",
        "Mail that came when its test was over",
        "",
        "```text",
        f"{name}::test_1 sent a mail N s after it ended: shop@example.com -> ada@example.org  'Late'",
        "```",
        "",
    ]


def test_where_there_is_nothing_to_tell_nothing_is_written(run, file):
    run("def test_1(mailsink): pass\n\ndef test_2(): assert 0")

    assert file.read_text() == "What another step wrote.\n"


def test_a_summary_that_is_too_long_is_cut(tmp_path):
    from pytest_mailsink.summary import LONGEST, write

    file = tmp_path / "summary.md"

    write(file, [("test_it", "x" * LONGEST, "")], [])

    assert file.stat().st_size < LONGEST + 100
    assert file.read_text().endswith("\n```\n\nThe rest is in the run's output.\n")

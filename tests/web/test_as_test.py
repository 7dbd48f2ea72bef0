from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from messages import message
from sending import send

from mailsink import serve
from mailsink.model import Reply
from mailsink_web import present
from mailsink_web.as_test import LANGUAGES, Wanted, code_of

ROOT = Path(__file__).parents[2]
URL = "http://127.0.0.1:8025"


def shown(**parts):
    return present.message(message(**parts))


def written(language, of, wanted=None):
    return code_of(of, language, wanted or Wanted.of(of), URL)


ORDER = {
    "rcpt": ["ada@example.org", "audit@shop.example"],
    "subject": "Your order 10482 is confirmed",
    "text": "See https://shop.example/orders/10482?t=1 or https://shop.example/help. Your code is 551204.",
}


def test_the_fixtures_test_reads_as_one_would_write_it():
    assert written("pytest", shown(**ORDER)) == (
        "def test_your_order_10482_is_confirmed(mailsink):\n"
        "    ...  # what sends it, to mailsink.host and mailsink.port\n"
        "\n"
        "    mail = mailsink.expect(\n"
        '        rcpt="ada@example.org",\n'
        '        subject="Your order 10482 is confirmed",\n'
        "    )\n"
        "\n"
        '    assert mail.sender == "noreply@shop.example"\n'
        '    assert mail.rcpts == ["ada@example.org", "audit@shop.example"]\n'
        "    assert len(mail.code()) == 6\n"
        '    assert mail.link("/orders/")'
    )


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("pytest", "    assert len(mail.rcpts) == 500"),
        ("python", "assert len(message.envelope.forward_paths) == 500"),
        ("javascript", "assert.equal(mail.rcpts.length, 500);"),
    ],
)
def test_of_many_recipients_a_test_tells_the_number(language, line):
    many = shown(rcpt=[f"user{number}@example.org" for number in range(500)])

    assert line in written(language, many).splitlines()


def test_a_script_asks_the_server():
    code = written("python", shown(**ORDER))

    assert 'with Client("http://127.0.0.1:8025", inbox="default") as client:' in code
    assert 'rcpt="ada@example.org",' in code
    assert 'any("/orders/" in link.url' in code


ORDINARY = (
    b"From: a@shop.example\r\nTo: ada@example.org\r\nSubject: Your order 10482\r\n\r\n"
    b"See https://shop.example/orders/10482 or https://shop.example/help. Your code is 551204.\r\n"
)
NASTY = b"Subject: Caf\xc3\xa9 \"\\' $(x) `y` \xe2\x80\xae #1\r\n\r\n'\"\r\n"
MAILS = {"ordinary": ORDINARY, "nasty": NASTY, "empty": b"\r\nHi\r\n"}


@pytest.mark.parametrize("content", MAILS.values(), ids=MAILS)
def test_the_fixtures_test_passes_on_such_a_mail(content):
    with serve() as mailsink:
        send((mailsink.host, mailsink.port), content, sender="o'hara@shop.example")
        names = {}
        exec(written("pytest", present.message(mailsink.latest.message)), names)
        (test,) = (value for name, value in names.items() if name.startswith("test_"))

        test(mailsink)


@pytest.mark.parametrize("content", MAILS.values(), ids=MAILS)
@pytest.mark.parametrize("language", ["python", "javascript", "curl"])
def test_a_script_finds_such_a_mail(web, captured, tmp_path, language, content):
    of = present.message(captured(content, sender="o'hara@shop.example"))
    code = code_of(of, language, Wanted.of(of).narrowed(of), web.url)
    command = {
        "python": [sys.executable, "-c", code],
        "javascript": [shutil.which("node") or "", "--input-type=module", "--eval", code],
        "curl": ["sh", "-c", code],
    }[language]
    if not shutil.which(command[0]):
        pytest.skip(f"{language} is not installed")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "mailsink").symlink_to(ROOT / "clients" / "js")

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert (of.id in done.stdout) == (language == "curl")


def test_nothing_that_cannot_be_seen_stands_in_the_lines():
    of = shown(subject="a\u202eb\U000e0041c\x07")

    assert 'subject: "a\\u{202e}b\\u{e0041}c' in written("javascript", of)
    for language in LANGUAGES:
        assert all(c.isprintable() or c == "\n" for c in written(language, of))


def test_who_was_refused_is_not_waited_for():
    of = shown(rcpt=["ada@example.org"], refused={"bob@example.org": Reply(550, "No")}, subject="")

    assert Wanted.of(of).words == {"rcpt": "ada@example.org"}
    assert "bob@example.org" not in written("pytest", of)


def test_a_bounce_is_told_by_its_null_reverse_path():
    of = shown(reverse_path="", rcpt=[], subject="")

    assert Wanted.of(of).narrowed(of).words == {"sender": ""}
    assert Wanted.of(of).narrowed(of).q == "is:bounce"


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("https://shop.example/confirm?t=1 https://shop.example/help", "/confirm"),
        ("https://shop.example/o/1/x https://shop.example/o/2/x", "https://shop.example/o/1/x"),
        ("https://a.example/go https://b.example/go", "a.example/go"),
        ("https://shop.example", "shop.example"),
        ("none", ""),
    ],
    ids=["path", "numbers", "hosts", "root", "none"],
)
def test_a_link_is_told_by_what_stays_the_same(text, pattern):
    code = written("pytest", shown(text=text))

    assert (f'mail.link("{pattern}")' in code) == bool(pattern)
    assert ("mail.link(" in code) == bool(pattern)


def test_files_are_named():
    code = written("pytest", shown(files=[("a.csv", "text/csv", b"1"), ("b.txt", "text/plain", b"2")]))

    assert '[file.filename for file in mail.attachments] == ["a.csv", "b.txt"]' in code

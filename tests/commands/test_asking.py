from __future__ import annotations

import json
import os
import threading

import pytest
from serving import run

CODE = "Your code is 493817: https://shop.example/confirm?t=1"


@pytest.mark.parametrize(
    ("form", "printed"),
    [
        ("code", "493817\n"),
        ("link", "https://shop.example/confirm?t=1\n"),
        ("links", "https://shop.example/confirm?t=1\n"),
        ("text", f"{CODE}\n"),
    ],
)
def test_wait_prints_what_a_script_wants(command, put, form, printed):
    put("Your code", CODE)

    assert command("wait", "subject:code", "rcpt:ada@example.org", "--print", form) == (0, printed, "")


def test_wait_prints_ids_octets_and_json(command, put):
    own = put("One")

    assert command("wait", "--print", "id")[1] == f"{own.id}\n"
    assert command("wait", "--print", "raw")[1].encode() == own.content
    assert json.loads(command("wait", "--print", "json")[1])["helo"] == own.greeting


def test_wait_waits(command, put, web):
    waiting = threading.Thread(target=lambda: web.seats.wait_taken(1, timeout=20) and put("Later"))
    waiting.start()

    code, said, _ = command("wait", "subject:later", "--timeout", "20")

    waiting.join()
    assert code == 0
    assert said.endswith("shop@example.com -> ada@example.org  'Later'\n")


def test_wait_says_what_came_instead(command, put):
    put("Welcome")

    code, said, wrong = command("wait", "subject:invoice", "--timeout", "0")

    assert (code, said) == (1, "")
    assert wrong.startswith("mailsink: expected 1 message, got 0")
    assert "subject:invoice  'Welcome'" in wrong


def test_wait_says_what_a_message_lacks(command, put):
    own = put()

    assert command("wait", "--print", "code") == (
        1,
        "",
        f"mailsink: the message 'Hello' ({own.id}) has no one-time code\n",
    )
    assert command("wait", "--print", "link")[2].endswith("has no link\n")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["wait", "is:xyz"], 2, "is:xyz is not known, at character 4. is: knows"),
        (["wait", "--count", "0"], 2, "--count 0: must be 1 or more"),
        (["wait", "--timeout", "-1"], 2, "--timeout -1: must be 0 or more"),
        (["list", "--limit", "0"], 2, "--limit 0: must be 1 or more"),
        (
            ["list", "--url", "localhost"],
            2,
            "localhost is not the address of a server; write http://HOST:PORT",
        ),
        (["show"], 1, "there is no message yet"),
        (["show", "gone"], 1, "there is no message with the id 'gone'; it may have been deleted"),
        (["open", "gone"], 1, "there is no message with the id 'gone'; it may have been deleted"),
        (["show", "--inbox", "x"], 1, "there is no message in the inbox 'x' yet"),
    ],
)
def test_what_is_wrong_is_said(command, arguments, code, sentence):
    ended, said, wrong = command(*arguments)

    assert (ended, said) == (code, "")
    assert wrong.startswith(f"mailsink: {sentence}")


def test_a_server_that_is_not_there_is_said(command):
    code, _, wrong = command("list", "--url", "http://127.0.0.1:9")

    assert code == 3
    assert (
        wrong
        == "mailsink: http://127.0.0.1:9 cannot be asked: Connection refused; is mailsink running there?\n"
    )


def test_list_shows_the_newest_first(command, put):
    first, second = put("One"), put("Two")

    lines = command("list")[1].splitlines()

    assert [line.split()[0] for line in lines] == [second.id, first.id]
    assert command("list", "subject:one")[1].startswith(first.id)
    assert command("list", "--limit", "1")[1].startswith(second.id)
    assert json.loads(command("list", "--json", "--limit", "1")[1])["id"] == second.id


def test_show_shows_fields_and_text(command, put):
    put("One", "Hi\r\nthere")

    said = command("show", "latest")[1]

    assert said.partition("\n")[2] == (
        "From: shop@example.com\nTo: ada@example.org\nSubject: One\n\nHi\nthere\n"
    )
    assert command("show", "--print", "text")[1] == "Hi\nthere\n"


def test_open_calls_the_browser(put, web, tmp_path):
    own = put()
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o755)

    done = run("open", "latest", MAILSINK_URL=web.url, BROWSER=f"{browser} %s")

    assert (done.returncode, done.stdout) == (0, f"{web.url}/messages/{own.id}\n")
    assert (tmp_path / "opened").read_text() == f"{web.url}/messages/{own.id}\n"


def test_open_says_where_the_browser_is_missing(web):
    done = run("open", MAILSINK_URL=web.url, BROWSER="", DISPLAY="", PATH=os.devnull)

    assert (done.returncode, done.stdout) == (1, f"{web.url}/\n")
    assert done.stderr == "mailsink: no browser could be opened; open the address yourself\n"

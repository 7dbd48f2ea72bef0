from __future__ import annotations

import json

import pytest
from archiving import change, entries, small, write


def test_each_line_is_one_message(tmp_path):
    mails = [small(number) for number in range(3)]
    target = write("jsonl", tmp_path / "out", mails)

    rows = [json.loads(line) for line in target.read_text("ascii").splitlines()]

    assert [row["id"] for row in rows] == [mail.id for mail in mails]
    assert rows[0]["content"] == "U3ViamVjdDogTnVtYmVyIDANCg0KSGkNCg=="


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "it is not JSON"),
        ("7", "it is not a message that mailsink wrote"),
        ('{"id": "x"}', "it is not a message that mailsink wrote"),
        ('{"mailsink": 9}', "it is of form 9, and this mailsink reads form 1"),
        ("\udcff", "it is not JSON"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_and_the_others_are_read(line, why, tmp_path):
    target = write("jsonl", tmp_path / "out", [small()])
    good = target.read_bytes()
    target.write_bytes(good + line.encode("utf-8", "surrogateescape") + b"\n\n" + good)

    first, bad, last = entries("jsonl", target)

    assert str(bad) == f"{target}, line 2: {why}"
    assert (first.content, first.position, last.position) == (last.content, "line 1", "line 4")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"content": None}, "it has no content"),
        ({"content": "*"}, "its content is not base64"),
        ({"content": "ä"}, "its content is not base64"),
        ({"content": "SGkK"}, "its content is not the one that its sha256 is of"),
    ],
    ids=str,
)
def test_a_content_that_is_wrong_makes_a_bad_entry(values, why, tmp_path):
    target = write("jsonl", tmp_path / "out", [small()])
    change(target, **values)

    (bad,) = entries("jsonl", target)

    assert bad.why == why


def test_who_writes_such_a_file_by_hand_needs_no_digest(tmp_path):
    target = write("jsonl", tmp_path / "out", [small()])
    change(target, content="SGkK", sha256="")

    (entry,) = entries("jsonl", target)

    assert entry.content == b"Hi\n"


def test_a_last_line_without_its_end_is_read(tmp_path):
    target = write("jsonl", tmp_path / "out", [small()])
    target.write_bytes(target.read_bytes().rstrip())

    assert len(entries("jsonl", target)) == 1

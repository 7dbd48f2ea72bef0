from __future__ import annotations

import datetime as dt
import os
import plistlib

import pytest
from archiving import change, entries, forget, read, small, write

from mailsink.archive import Bad
from mailsink.archive.eml import read_eml


def test_a_message_is_its_id_twice(tmp_path):
    mail = small()
    target = write("eml", tmp_path / "out", [mail])

    assert sorted(file.name for file in target.iterdir()) == [f"{mail.id}.eml", f"{mail.id}.json"]
    assert (target / f"{mail.id}.eml").read_bytes() == mail.content


def test_an_id_that_is_no_file_name_is_not_used_as_one(tmp_path):
    target = write("eml", tmp_path / "out", [small(id="../../etc/passwd")])

    names = sorted(file.name for file in target.iterdir())
    assert [len(name) for name in names] == [64 + 4, 64 + 5]
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


def test_a_single_file_is_read_whatever_its_name(tmp_path):
    (tmp_path / "mail.txt").write_bytes(b"Subject: Hi\r\n\r\nHi")

    (entry,) = entries("eml", tmp_path / "mail.txt")

    assert (entry.content, entry.position, entry.facts) == (b"Subject: Hi\r\n\r\nHi", "mail.txt", None)


def test_directories_are_read_with_those_in_them(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("one.eml", "a/two.EML", "a/b/three.eml", "a/.hidden.eml", "a/other.txt"):
        (tmp_path / name).write_bytes(b"\r\n")

    assert {entry.position for entry in entries("eml", tmp_path)} == {"one.eml", "a/two.EML", "a/b/three.eml"}


def test_apples_files_are_read_with_what_they_tell(tmp_path):
    mail = b"Subject: x\n\nHi\n"
    known = plistlib.dumps({"flags": 0b10001, "date-received": 1606212000})
    (tmp_path / "1.emlx").write_bytes(b"%-10d\n%b%b" % (len(mail), mail, known))
    (tmp_path / "2.emlx").write_bytes(b"%d\n%bno list" % (len(mail), mail))

    first, second = sorted(read_eml(tmp_path), key=lambda entry: entry.position)

    assert first.content == second.content == mail
    assert (first.read, first.starred, first.moment) == (
        True,
        True,
        dt.datetime(2020, 11, 24, 10, 0, tzinfo=dt.UTC),
    )
    assert (second.read, second.starred, second.moment) == (None, None, None)


def test_an_apples_file_without_its_length_is_a_bad_entry(tmp_path):
    file = tmp_path / "1.emlx"
    file.write_bytes(b"Subject: x\n\nHi\n")

    (bad,) = read_eml(file)

    assert str(bad) == f"{file}: it does not begin with the length of a mail, as an .emlx file does"


def test_links_to_directories_are_not_followed(tmp_path):
    (tmp_path / "a.eml").write_bytes(b"\r\n")
    (tmp_path / "again").symlink_to(tmp_path)

    assert len(entries("eml", tmp_path)) == 1


def test_the_files_time_is_told(tmp_path):
    (tmp_path / "a.eml").write_bytes(b"\r\n")
    os.utime(tmp_path / "a.eml", (1000, 1000))

    (entry,) = entries("eml", tmp_path)

    assert entry.modified_at == dt.datetime(1970, 1, 1, 0, 16, 40, tzinfo=dt.UTC)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_a_bad_entry(tmp_path):
    (tmp_path / "a.eml").touch(mode=0)

    assert entries("eml", tmp_path) == [Bad(file=tmp_path / "a.eml", why="Permission denied")]


def test_a_sidecar_of_another_content_makes_a_bad_entry(tmp_path):
    mail = small()
    target = write("eml", tmp_path / "out", [mail])
    (target / f"{mail.id}.eml").write_bytes(b"changed")

    (bad,) = entries("eml", target)

    assert str(bad) == (
        f"{target}/{mail.id}.eml: {mail.id}.json is of another content; remove it to import without"
    )


def test_a_sidecar_that_is_wrong_makes_a_bad_entry(tmp_path):
    mail = small()
    target = write("eml", tmp_path / "out", [mail])
    change(target / f"{mail.id}.json", id="no")

    (bad,) = entries("eml", target)

    assert bad.why == (
        f"{mail.id}.json cannot be used: its id 'no' is not 22 letters and digits;"
        " remove it to import without"
    )


def test_writing_again_replaces(tmp_path):
    mail = small()
    target = write("eml", tmp_path / "out", [mail])
    write("eml", target, [small(id=mail.id, content=b"new")])

    assert [m.content for m in read("eml", target)] == [b"new"]


def test_the_contents_alone_are_an_archive_too(tmp_path):
    target = write("eml", tmp_path / "out", [small()])
    forget(target)

    assert [m.subject for m in read("eml", target)] == ["Number 0"]

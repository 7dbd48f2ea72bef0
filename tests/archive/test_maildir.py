from __future__ import annotations

import datetime as dt
import mailbox

import pytest
from archiving import entries, forget, read, small, write

from mailsink.archive.maildir import is_maildir

AT = dt.datetime(2026, 11, 24, 14, 30, 0, 123456, tzinfo=dt.UTC)


def names(target) -> list[str]:
    return sorted(
        file.relative_to(target).as_posix()
        for folder in ("cur", "new")
        for file in (target / folder).iterdir()
    )


@pytest.mark.parametrize(
    ("flags", "place"),
    [
        ({}, "new/{}"),
        ({"read": True}, "cur/{}:2,S"),
        ({"starred": True}, "cur/{}:2,F"),
        ({"read": True, "starred": True}, "cur/{}:2,FS"),
    ],
    ids=["unread", "read", "starred", "both"],
)  # fmt: skip
def test_flags_are_in_the_name(flags, place, tmp_path):
    mail = small(received_at=AT, **flags)
    target = write("maildir", tmp_path / "out", [mail])

    assert names(target) == [place.format(f"1795530600.M123456Q{mail.id}.mailsink")]
    assert list((target / "tmp").iterdir()) == []


def test_pythons_own_reader_finds_the_messages(tmp_path):
    mails = [small(number, read=number == 1) for number in range(3)]
    target = write("maildir", tmp_path / "out", mails)

    box = mailbox.Maildir(target, create=False)

    assert sorted(box.get_bytes(key) for key in box.iterkeys()) == sorted(mail.content for mail in mails)
    assert [message.get_flags() for message in box if message["Subject"] == "Number 1"] == ["S"]


def test_a_mail_reader_may_set_flags_afterwards(tmp_path):
    mail = small()
    target = write("maildir", tmp_path / "out", [mail])
    (name,) = names(target)
    (target / name).rename(target / f"cur/{name.removeprefix('new/')}:2,RSF")

    (message,) = read("maildir", target)

    assert (message.id, message.read, message.starred) == (mail.id, True, True)


def test_a_message_written_again_with_other_flags_is_there_once(tmp_path):
    mail = small()
    target = write("maildir", tmp_path / "out", [mail])
    write("maildir", target, [small(id=mail.id, read=True)])

    assert [(m.id, m.read) for m in read("maildir", target)] == [(mail.id, True)]


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("1795530600.M123456P1.host:2,S", AT),
        ("1795530600.7.host", AT.replace(microsecond=0)),
        ("999999999999.1.host", None),
        ("mail", None),
        (":2,S", None),
    ],
)
def test_the_name_tells_the_time(name, moment, tmp_path):
    target = write("maildir", tmp_path / "out", [])
    (target / "cur" / name).write_bytes(b"\r\n")

    (entry,) = entries("maildir", target)

    assert (entry.moment, entry.facts) == (moment, None)


def test_folders_and_hidden_files_in_it_are_not_read(tmp_path):
    target = write("maildir", tmp_path / "out", [small()])
    write("maildir", target / ".Sent", [small()])
    (target / "cur" / ".hidden").write_bytes(b"")

    assert len(entries("maildir", target)) == 1


def test_a_sidecar_of_another_content_makes_a_bad_entry(tmp_path):
    target = write("maildir", tmp_path / "out", [small()])
    (name,) = names(target)
    (target / name).write_bytes(b"changed")

    (bad,) = entries("maildir", target)

    sidecar = name.removeprefix("new/") + ".json"
    assert str(bad) == f"{target / name}: {sidecar} is of another content; remove it to import without"


def test_flags_come_back_without_what_lies_beside(tmp_path):
    target = write("maildir", tmp_path / "out", [small(starred=True, received_at=AT)])
    forget(target)

    (message,) = read("maildir", target)

    assert (message.read, message.starred, message.received_at) == (False, True, AT)


def test_a_maildir_has_cur_and_new(tmp_path):
    (tmp_path / "cur").mkdir()

    assert not is_maildir(tmp_path)
    assert is_maildir(write("maildir", tmp_path, []))

from __future__ import annotations

import pytest
from archiving import FORMAT_NAMES, corpus, entries, forget, messages, read, small, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailsink.archive import format_of_source, format_of_target, writer_of

EACH = pytest.mark.parametrize("name", FORMAT_NAMES)
# Those of our formats whose contents come back without what lies beside them.
BARE = pytest.mark.parametrize("name", ["eml", "maildir", "mbox"])


@pytest.fixture(scope="module")
def mails():
    return corpus()


@EACH
def test_what_was_written_is_read(name, mails, tmp_path):
    assert read(name, write(name, tmp_path / "out", mails)) == list(mails)


@EACH
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some=st.lists(messages, max_size=3))
def test_any_message_comes_back(name, some, tmp_path_factory):
    target = tmp_path_factory.mktemp("archive") / "out"

    assert read(name, write(name, target, some)) == some


@BARE
def test_the_content_comes_back_without_what_lies_beside_it(name, mails, tmp_path):
    target = write(name, tmp_path / "out", mails)
    forget(target)

    assert sorted(m.content for m in read(name, target)) == sorted(m.content for m in mails)


@BARE
def test_what_is_known_without_it_is_the_same_each_time(name, mails, tmp_path):
    target = write(name, tmp_path / "out", mails)
    forget(target)

    assert read(name, target) == read(name, target)


@EACH
def test_no_message_makes_an_empty_archive(name, tmp_path):
    assert entries(name, write(name, tmp_path / "out", [])) == []


@EACH
def test_a_writer_that_goes_on_writes_what_one_in_one_go_does(name, tmp_path):
    mails = [small(number) for number in range(4)]
    with writer_of(name)(tmp_path / "out", {}) as writer:
        writer.add(mails[0])
        writer.add(mails[1])
        state = writer.state()
        writer.add(mails[2])
    with writer_of(name)(tmp_path / "out", state) as writer:
        writer.add(mails[2])
        writer.add(mails[3])
        writer.finish()

    assert read(name, tmp_path / "out") == mails


@pytest.mark.parametrize("name", ["mbox", "jsonl"])
def test_a_file_has_its_name_only_when_it_is_whole(name, tmp_path):
    with writer_of(name)(tmp_path / "out", {}) as writer:
        writer.add(small())
        before = (tmp_path / "out").exists()
        writer.finish()

    assert not before
    assert (tmp_path / "out").exists()


@EACH
def test_a_format_is_recognised(name, tmp_path):
    assert format_of_source(write(name, tmp_path / "out", [small()])) == name


@pytest.mark.parametrize(
    ("name", "beginning", "expected"),
    [
        ("a.eml", b"From me", "eml"),
        ("a.MBOX", b"", "mbox"),
        ("a.ndjson", b"", "jsonl"),
        ("inbox", b"From ada@example.org Mon Jan  1 00:00:00 2024\n", "mbox"),
        ("a.txt", b"Subject: Hi\r\n", "eml"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_is_recognised_by_its_suffix_and_then_its_beginning(name, beginning, expected, tmp_path):
    (tmp_path / name).write_bytes(beginning)

    assert format_of_source(tmp_path / name) == expected


@pytest.mark.parametrize(("name", "beside"), [("mbox", "out.mbox.jsonl"), ("eml", "ID.json")])
def test_what_lies_beside_messages_is_no_source(name, beside, tmp_path):
    mail = small()
    target = write(name, tmp_path / ("out.mbox" if name == "mbox" else "out"), [mail])
    file = tmp_path / beside if name == "mbox" else target / beside.replace("ID", mail.id)

    with pytest.raises(ValueError, match=r"^it tells what is known of .*; name that one$"):
        format_of_source(file)


@pytest.mark.parametrize(
    ("beginning", "what"),
    [(b"\xd0\xcf\x11\xe0\xa1", "a file of Outlook"), (b"PK\3\4", "a ZIP file")],
    ids=["msg", "zip"],
)
def test_what_holds_mail_in_a_form_of_its_own_is_no_source(beginning, what, tmp_path):
    file = tmp_path / "mail"
    file.write_bytes(beginning)

    with pytest.raises(
        ValueError, match=f"it is {what}; a mail is read from .eml, mbox, Maildir and JSON lines"
    ):
        format_of_source(file)


def test_in_a_folder_of_apple_mail_the_file_is_named(tmp_path):
    folder = tmp_path / "Inbox.mbox"
    folder.mkdir()
    (folder / "mbox").write_bytes(b"")

    with pytest.raises(ValueError, match="its mails are in the file mbox in it; name that one"):
        format_of_source(folder)


@pytest.mark.parametrize(
    ("name", "expected"), [("a.mbox", "mbox"), ("a.jsonl", "jsonl"), ("a", "eml"), ("a.eml", "eml")]
)
def test_a_targets_name_tells_its_format(name, expected, tmp_path):
    assert format_of_target(tmp_path / name) == expected


def test_a_target_that_is_a_maildir_stays_one(tmp_path):
    assert format_of_target(write("maildir", tmp_path / "out", [])) == "maildir"

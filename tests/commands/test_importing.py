from __future__ import annotations

import pytest
from archiving import FORMAT_NAMES, corpus, small, write
from keeping import keep

from mailsink.commands import importing
from mailsink.commands.importing import Import, octets_of, sources_of
from mailsink.commands.output import CommandError
from mailsink.commands.stopping import Stopping
from mailsink.errors import ConfigError
from mailsink.store import open_store

EACH = pytest.mark.parametrize("name", FORMAT_NAMES)
ENTRY = b"From ada@example.org Tue Nov 24 14:30:00 2026\nSubject: Hi\n\nHi\n\n"


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    opened = open_store("memory" if request.param == "memory" else str(tmp_path / "mail.db"))
    yield opened
    opened.close()


@pytest.fixture
def importer(store):
    """Make an import of some paths into *store*; *said* gets what it reports."""

    def make(*paths, inbox=None, skip_bad=False, format_name=None) -> Import:
        sources = sources_of(paths, format_name)
        made = Import(sources, store, inbox=inbox, skip_bad=skip_bad, report=lambda text: said.append(text))
        made.said = said
        return made

    said: list[str] = []
    return make


def kept(store):
    return list(store.scan())


@EACH
def test_what_was_exported_is_imported(name, store, importer, tmp_path):
    mails = corpus()

    run = importer(write(name, tmp_path / "out", mails))
    list(run.run(False))

    assert kept(store) == list(mails)
    assert (run.added, run.present, run.skipped) == (len(mails), 0, 0)


@EACH
def test_a_second_time_adds_nothing(name, store, importer, tmp_path):
    target = write(name, tmp_path / "out", [small(number) for number in range(5)])
    list(importer(target).run(False))

    run = importer(target)
    list(run.run(False))

    assert (run.added, run.present, len(kept(store))) == (0, 5, 5)


@EACH
def test_a_run_that_was_stopped_goes_on(name, store, importer, tmp_path):
    target = write(name, tmp_path / "out", [small(number) for number in range(5)])
    steps = importer(target).run(False)
    next(steps)
    next(steps)
    steps.close()
    assert len(kept(store)) == 2

    run = importer(target)
    list(run.run(False))

    assert (run.added, run.present, len(kept(store))) == (3, 2, 5)


def test_a_stop_that_is_asked_for_comes_after_a_whole_entry(store, importer, tmp_path):
    target = write("jsonl", tmp_path / "out", [small(1), small(2)])

    assert len(list(importer(target).run(True))) == 1
    assert len(kept(store)) == 1


def test_foreign_files_are_added_once_each(store, importer, tmp_path):
    (tmp_path / "in.mbox").write_bytes(ENTRY + ENTRY)

    for _ in range(2):
        list(importer(tmp_path / "in.mbox").run(False))

    # The same twice in one file is two messages; the same file twice is not four.
    assert [(m.subject, m.envelope.reverse_path) for m in kept(store)] == [("Hi", "ada@example.org")] * 2


def test_what_was_added_to_a_file_later_is_added(store, importer, tmp_path):
    (tmp_path / "in.mbox").write_bytes(ENTRY)
    list(importer(tmp_path / "in.mbox").run(False))
    (tmp_path / "in.mbox").write_bytes(ENTRY + ENTRY)

    run = importer(tmp_path / "in.mbox")
    list(run.run(False))

    assert (run.added, run.present) == (1, 1)


def test_the_same_id_twice_is_one_message(store, importer, tmp_path):
    mail = small()

    run = importer(write("jsonl", tmp_path / "out", [mail, mail]))
    list(run.run(False))

    assert (run.added, run.present) == (1, 1)


@pytest.mark.parametrize(("inbox", "expected"), [(None, ["a", "b"]), ("c", ["c", "c"])])
def test_an_inbox_can_be_chosen(inbox, expected, store, importer, tmp_path):
    target = write("jsonl", tmp_path / "out", [small(inbox="a"), small(inbox="b")])

    list(importer(target, inbox=inbox).run(False))

    assert [m.inbox for m in kept(store)] == expected


def test_the_first_bad_entry_ends_it_and_what_was_before_is_kept(store, importer, tmp_path):
    target = write("jsonl", tmp_path / "out", [small(1)])
    target.write_bytes(target.read_bytes() + b"{\n")

    with pytest.raises(CommandError) as caught:
        list(importer(target).run(False))

    assert str(caught.value) == (
        f"{target}, line 2: it is not JSON; give --skip-bad to leave such entries out"
    )
    assert len(kept(store)) == 1


def test_bad_entries_can_be_skipped(store, importer, tmp_path):
    target = write("jsonl", tmp_path / "out", [small(1)])
    target.write_bytes(b"{\n" + target.read_bytes() + b"7\n")

    run = importer(target, skip_bad=True)
    list(run.run(False))

    assert (run.added, run.skipped) == (1, 2)
    assert run.said == [
        f"{target}, line 1: it is not JSON; skipped",
        f"{target}, line 3: it is not a message that mailsink wrote; skipped",
    ]


def test_a_source_that_goes_away_is_named(store, importer, tmp_path):
    target = write("jsonl", tmp_path / "out", [small(1)])
    run = importer(target)
    target.unlink()

    with pytest.raises(CommandError) as caught:
        list(run.run(False))

    assert str(caught.value) == f"{target}: No such file or directory; nothing after it was read"


def test_a_directory_with_nothing_in_it_is_told_of(importer, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    run = importer(tmp_path, format_name="eml")

    assert list(run.run(Stopping())) == []
    assert run.said == [f"{tmp_path}: neither it nor a directory in it has an .eml or .emlx file"]


def test_a_store_that_fails_ends_it(store, importer, tmp_path):
    run = importer(write("jsonl", tmp_path / "out", [small(1)]))
    store.close()

    with pytest.raises(CommandError, match=r"the store is closed; run the same command again to go on$"):
        list(run.run(False))


def test_more_than_may_wait_at_once_is_imported(store, importer, tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "MOST_WAITING", 3)
    mails = [small(number) for number in range(50)]

    list(importer(write("jsonl", tmp_path / "out", mails)).run(False))

    assert kept(store) == mails


def test_the_steps_are_as_large_as_the_files(importer, tmp_path):
    mails = [small(number) for number in range(5)]
    targets = [write(name, tmp_path / name, mails) for name in FORMAT_NAMES]

    run = importer(*targets)

    sources = sources_of(targets, None)
    assert sum(run.run(False)) == octets_of(sources)


def test_a_source_that_is_not_there_is_wrong_usage(tmp_path):
    with pytest.raises(ConfigError) as caught:
        sources_of([tmp_path / "no"], None)

    assert str(caught.value) == (
        f"{tmp_path / 'no'}: No such file or directory; name files and directories that can be read"
    )


@pytest.mark.parametrize(
    ("name", "is_directory", "said"),
    [
        ("mbox", True, "is a directory, and mbox is a file; give another --format"),
        ("maildir", False, "is a file, and a Maildir is a directory; give another --format"),
    ],
)
def test_a_format_that_cannot_be_is_wrong_usage(name, is_directory, said, tmp_path):
    source = tmp_path / "in"
    source.mkdir() if is_directory else source.touch()

    with pytest.raises(ConfigError) as caught:
        sources_of([source], name)

    assert str(caught.value) == f"{source} {said}"


def test_what_lies_beside_messages_is_wrong_usage(tmp_path):
    write("mbox", tmp_path / "a.mbox", [small()])

    with pytest.raises(ConfigError, match=r"it tells what is known of a\.mbox; name that one$"):
        sources_of([tmp_path / "a.mbox.jsonl"], None)


def test_what_is_there_already_is_left_as_it_is(store, importer, tmp_path):
    mail = small()
    target = write("jsonl", tmp_path / "out", [mail])
    keep(store, mail)
    store.mark([mail.id], read=True)

    list(importer(target).run(False))

    assert [m.read for m in kept(store)] == [True]

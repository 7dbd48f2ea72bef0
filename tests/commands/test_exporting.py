from __future__ import annotations

import threading

import pytest
from archiving import FORMAT_NAMES, corpus, read, small
from keeping import keep
from sending import mail, send
from serving import Server, run

from mailsink.commands.exporting import CHECKPOINT, Export, plan_export
from mailsink.commands.output import CommandError
from mailsink.errors import ConfigError
from mailsink.store import open_store

EACH = pytest.mark.parametrize("name", FORMAT_NAMES)


class After:
    """A stop that is asked for after so many steps."""

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def __bool__(self) -> bool:
        self._steps -= 1
        return self._steps <= 0


NEVER = After(10**9)


@pytest.fixture
def store(tmp_path):
    opened = open_store(str(tmp_path / "mail.db"))
    yield opened
    opened.close()


@pytest.fixture
def planned(store, tmp_path):
    """Plan an export of *store* to ``out``; return it, ready to run."""

    def plan(name="jsonl", *, inbox=None, query="", force=False) -> Export:
        order, done = plan_export(
            store=store.description,
            inbox=inbox,
            query=query,
            format_name=name,
            target=tmp_path / "out",
            force=force,
        )
        return Export(order, done, store)

    return plan


def names(folder) -> list[str]:
    return sorted(file.name for file in folder.iterdir() if not file.name.startswith("mail.db"))


@EACH
def test_everything_is_written(name, store, planned, tmp_path):
    mails = keep(store, *corpus())

    steps = list(planned(name).run(NEVER))

    assert sum(steps) == len(mails)
    assert read(name, tmp_path / "out") == list(mails)
    assert names(tmp_path) == (["out", "out.jsonl"] if name == "mbox" else ["out"])


@EACH
def test_a_run_that_was_stopped_goes_on(name, store, planned, tmp_path):
    mails = keep(store, *(small(number) for number in range(7)))
    first = planned(name)
    assert sum(first.run(After(3))) == 3

    second = planned(name)

    assert sum(second.run(NEVER)) == 4
    assert (first.count, second.count, second.total()) == (3, 7, 7)
    assert read(name, tmp_path / "out") == list(mails)


@EACH
def test_a_run_that_died_goes_on_from_its_last_checkpoint(name, store, planned, tmp_path):
    mails = keep(store, *(small(number) for number in range(CHECKPOINT + 20)))
    steps = planned(name).run(NEVER)
    for _ in range(CHECKPOINT + 10):
        next(steps)
    steps.close()

    assert sum(planned(name).run(NEVER)) == 20
    assert read(name, tmp_path / "out") == list(mails)


@EACH
def test_what_comes_between_two_runs_is_written_too(name, store, planned, tmp_path):
    keep(store, small(1), small(2))
    list(planned(name).run(After(1)))
    keep(store, small(3))

    list(planned(name).run(NEVER))

    assert len(read(name, tmp_path / "out")) == 3


def test_one_inbox_is_written(store, planned, tmp_path):
    _, wanted = keep(store, small(1), small(2, inbox="shop"))

    list(planned(inbox="shop").run(NEVER))

    assert read("jsonl", tmp_path / "out") == [wanted]


def test_what_a_search_finds_is_written_oldest_first(store, planned, tmp_path):
    mails = keep(store, *(small(number % 2) for number in range(1100)))

    export = planned(query='subject:"Number 1"')

    assert export.total() == 550
    list(export.run(NEVER))
    assert read("jsonl", tmp_path / "out") == [m for m in mails if m.subject == "Number 1"]


def test_a_search_that_was_stopped_goes_on(store, planned, tmp_path):
    mails = keep(store, *(small(number % 2) for number in range(10)))
    list(planned(query='subject:"Number 1"').run(After(2)))

    list(planned(query='subject:"Number 1"').run(NEVER))

    assert read("jsonl", tmp_path / "out") == [m for m in mails if m.subject == "Number 1"]


def test_a_wrong_search_is_wrong_usage(planned):
    with pytest.raises(ConfigError, match=r"^--query \(a: "):
        planned(query="(a")


@EACH
def test_what_is_there_is_not_written_over(name, store, planned, tmp_path):
    keep(store, small())
    list(planned(name).run(NEVER))

    with pytest.raises(ConfigError) as caught:
        planned(name)

    assert str(caught.value) == (
        f"{tmp_path / 'out'} is there already; name another, or give --force to write over it"
    )


def test_an_index_that_is_there_is_not_written_over(planned, tmp_path):
    (tmp_path / "out.jsonl").touch()

    with pytest.raises(ConfigError, match=r"out\.jsonl is there already"):
        planned("mbox")


@EACH
def test_force_writes_over_what_is_there(name, store, planned, tmp_path):
    mails = keep(store, small(1), small(2))
    list(planned(name).run(NEVER))
    store.mark([mails[0].id], read=True)

    list(planned(name, force=True).run(NEVER))

    assert [m.read for m in read(name, tmp_path / "out")] == [True, False]


def test_an_empty_directory_is_nothing(store, planned, tmp_path):
    (tmp_path / "out").mkdir()
    keep(store, small())

    list(planned("eml").run(NEVER))

    assert len(read("eml", tmp_path / "out")) == 1


def test_an_unfinished_export_of_something_else_is_not_gone_on_with(store, planned, tmp_path):
    keep(store, small(1), small(2))
    list(planned().run(After(1)))

    with pytest.raises(ConfigError) as caught:
        planned(inbox="shop")

    assert str(caught.value) == (
        f"{tmp_path / 'out.unfinished'} is of an export of something else;"
        " finish that one, or give --force to start anew"
    )


def test_force_forgets_an_unfinished_export(store, planned, tmp_path):
    keep(store, small(1), small(2))
    list(planned().run(After(1)))

    list(planned(query="Number", force=True).run(NEVER))

    assert len(read("jsonl", tmp_path / "out")) == 2
    assert names(tmp_path) == ["out"]


@pytest.mark.parametrize("octets", [b"", b"7", b'{"order": {}}', b"\xff"], ids=repr)
def test_a_broken_record_of_an_unfinished_export_is_named(octets, planned, tmp_path):
    (tmp_path / "out.unfinished").write_bytes(octets)

    with pytest.raises(ConfigError, match=r"out\.unfinished cannot be read; remove it, and give --force$"):
        planned()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("jsonl", "{} is a directory, and jsonl makes a file; name another"),
        ("eml", "{} is a file, and eml makes a directory; name another"),
    ],
)
def test_a_target_of_the_wrong_kind_is_named(name, said, planned, tmp_path):
    (tmp_path / "out").mkdir() if name == "jsonl" else (tmp_path / "out").touch()

    with pytest.raises(ConfigError) as caught:
        planned(name, force=True)

    assert str(caught.value) == said.format(tmp_path / "out")


def test_a_target_in_no_directory_is_named(store, tmp_path):
    with pytest.raises(ConfigError, match=r"there is no directory .*/nowhere; make it first$"):
        plan_export(
            store="a",
            inbox=None,
            query="",
            format_name="eml",
            target=tmp_path / "nowhere" / "out",
            force=False,
        )


def test_a_disk_that_fails_is_named_and_the_run_can_go_on(store, planned, tmp_path):
    keep(store, small(1), small(2))
    list(planned().run(After(1)))
    (tmp_path / "out.part").write_bytes(b"")

    with pytest.raises(CommandError) as caught:
        list(planned().run(NEVER))

    assert str(caught.value) == (
        f"{tmp_path / 'out.part'}: is shorter than it was; remove it to start anew;"
        " when that is put right, run the same command again to go on"
    )


def test_a_store_that_a_server_writes_to_can_be_exported(tmp_path):
    file, finished = tmp_path / "mail.db", threading.Event()
    with Server(tmp_path, "--store", str(file)) as server:

        def keep_sending() -> None:
            number = 0
            while not finished.is_set():
                send(server.smtp, mail(f"Live {number}") + b"\r\n")
                number += 1

        for number in range(20):
            send(server.smtp, mail(f"Before {number}") + b"\r\n")
        sender = threading.Thread(target=keep_sending)
        sender.start()
        done = run("export", "--store", str(file), str(tmp_path / "out.mbox"))
        finished.set()
        sender.join()
        assert server.stop() == (0, "")

    assert (done.returncode, done.stderr) == (0, "")
    found = read("mbox", tmp_path / "out.mbox")
    assert [m.content for m in found[:20]] == [mail(f"Before {n}") + b"\r\n" for n in range(20)]
    assert [m.subject for m in found[20:]] == [f"Live {n}" for n in range(len(found) - 20)]

from __future__ import annotations

import json
import os
import signal
import subprocess

import pytest
from archiving import FORMAT_NAMES, corpus, small, write
from keeping import keep
from serving import COMMAND, TIMEOUT, environment, run

from mailsink.archive import FORMATS
from mailsink.commands import archive
from mailsink.store import open_store

IN_MEMORY = "--store memory: what is in memory ends with its process; name a file"


@pytest.fixture
def file(tmp_path):
    """A store file with a message of each kind."""
    store = open_store(str(tmp_path / "mail.db"))
    keep(store, *corpus())
    store.close()
    return tmp_path / "mail.db"


def messages(file):
    store = open_store(str(file))
    try:
        return list(store.scan())
    finally:
        store.close()


def said(*arguments: object) -> tuple[int, str, str]:
    done = run(*map(str, arguments))
    return done.returncode, done.stdout, done.stderr


def test_the_command_line_knows_every_format():
    assert tuple(FORMATS) == archive.FORMATS


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_a_store_goes_into_an_archive_and_out_again(name, file, tmp_path):
    out, again = tmp_path / "out", tmp_path / "again.db"

    assert said("export", "--store", file, "--format", name, out) == (
        0,
        f"exported 54 messages to {out}\n",
        "",
    )
    assert said("import", "--store", again, out) == (0, "imported 54 messages\n", "")
    assert said("import", "--store", again, out) == (0, "imported 0 messages, 54 there already\n", "")
    assert messages(again) == messages(file)


def test_inbox_and_query_choose(file, tmp_path):
    out = tmp_path / "out.jsonl"

    code, text, _ = said("export", "--store", file, "--inbox", "shop", "--query", "subject:Welcome", out)

    assert (code, text) == (0, f"exported 1 message to {out}\n")


def test_bad_entries_are_reported_and_skipped(tmp_path):
    source = write("jsonl", tmp_path / "in.jsonl", [small()])
    source.write_bytes(b"{\n" + source.read_bytes())

    code, text, errors = said("import", "--store", tmp_path / "a.db", "--skip-bad", source)

    assert (code, text) == (0, "imported 1 message, 1 bad entry skipped\n")
    assert errors == f"mailsink: {source}, line 1: it is not JSON; skipped\n"


def test_a_bad_entry_ends_it_with_exit_code_1(tmp_path):
    (tmp_path / "in.jsonl").write_text("{\n")

    code, text, errors = said("import", "--store", tmp_path / "a.db", tmp_path / "in.jsonl")

    assert (code, text) == (1, "")
    assert errors == (
        f"mailsink: {tmp_path}/in.jsonl, line 1: it is not JSON; give --skip-bad to leave such entries out\n"
    )


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["export", "--store", "memory", "out"], IN_MEMORY),
        (
            ["export", "--store", "/no.db", "out"],
            "--store /no.db: there is no such file; name one that mailsink has written",
        ),
        (["export", "out"], "missing option '--store'; see mailsink export --help"),
        (
            ["export", "--store", "/no.db", "--fromat", "eml", "out"],
            "no such option --fromat; did you mean --format?",
        ),
        (["import", "--store", "a.db"], "missing argument 'SOURCE...'; see mailsink import --help"),
        (["import", "--store", "memory", os.devnull], IN_MEMORY),
        (["import", "--store", "a.db", "--inbox", "", os.devnull], "--inbox : an inbox has a name"),
        (
            ["import", "--store", "a.db", "/no"],
            "/no: No such file or directory; name files and directories that can be read",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_wrong_usage_is_one_line_and_exit_code_2(arguments, error):
    assert said(*arguments) == (2, "", f"mailsink: {error}\n")


def test_a_file_that_is_no_store_is_exit_code_3(tmp_path):
    (tmp_path / "a.db").write_text("no")

    code, _, errors = said("export", "--store", tmp_path / "a.db", tmp_path / "out")

    assert code == 3
    assert errors.startswith(f"mailsink: {tmp_path}/a.db ")


def test_the_store_can_come_from_the_environment(file, tmp_path):
    done = run("export", str(tmp_path / "out.mbox"), MAILSINK_STORE=str(file))

    assert done.returncode == 0


def test_ctrl_c_stops_an_import_after_a_whole_message(tmp_path):
    lines = write("jsonl", tmp_path / "in.jsonl", [small(number) for number in range(3)]).read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [*COMMAND, "import", "--store", str(tmp_path / "a.db"), "--format", "jsonl", str(pipe)]
    process = subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        with pipe.open("wb") as stream:  # waits until the command reads
            process.send_signal(signal.SIGINT)
            stream.write(lines)
        _, errors = process.communicate(timeout=TIMEOUT)
    finally:
        process.kill()
        process.communicate()

    assert process.returncode == 130
    assert errors == (
        f"mailsink: stopped: 1 message; added to {tmp_path}/a.db; run the same command again to go on\n"
    )
    assert said("import", "--store", tmp_path / "a.db", tmp_path / "in.jsonl")[1] == (
        "imported 2 messages, 1 there already\n"
    )


def test_an_export_that_goes_on_says_so(file, tmp_path):
    assert said("export", "--store", file, tmp_path / "out.jsonl")[0] == 0
    first = (tmp_path / "out.jsonl").read_bytes().splitlines(keepends=True)[0]
    (tmp_path / "out.jsonl").rename(tmp_path / "out.jsonl.part")
    order = {
        "store": str(file),
        "inbox": None,
        "query": "",
        "format": "jsonl",
        "target": f"{tmp_path}/out.jsonl",
    }
    done = {"after": json.loads(first)["id"], "count": 1, "state": {"lines": len(first)}}
    (tmp_path / "out.jsonl.unfinished").write_text(json.dumps({"order": order, "done": done}))

    code, text, errors = said("export", "--store", file, tmp_path / "out.jsonl")

    assert (code, errors) == (0, "going on after 1 message\n")
    assert text == f"exported 54 messages to {tmp_path}/out.jsonl\n"
    assert len((tmp_path / "out.jsonl").read_bytes().splitlines()) == 54


@pytest.mark.parametrize("name", ["export", "import"])
def test_a_terminal_is_shown_how_far_it_is(name, file, tmp_path):
    source = write("eml", tmp_path / "in", [small(1), small(2)])
    arguments = [str(tmp_path / "out")] if name == "export" else [str(source)]
    leader, follower = os.openpty()
    try:
        done = subprocess.run(
            [*COMMAND, name, "--store", str(file), *arguments],
            env=environment(TERM="xterm", COLUMNS="80"),
            stdout=subprocess.PIPE,
            stderr=follower,
            timeout=TIMEOUT,
            check=True,
        )
        os.close(follower)
        shown = os.read(leader, 65536).decode()
    finally:
        os.close(leader)

    assert done.stdout.startswith(f"{name}ed ".encode())
    assert f"{name}ing" in shown
    assert "100%" in shown

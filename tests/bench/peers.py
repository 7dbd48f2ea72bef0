"""The servers that are compared, each started anew in a process tree of its own, and what the tree uses.

Linux only: it reads /proc.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.load import RefusedError, first_mail

PATIENCE = 30.0
# A server that used no CPU so often in a row, at looks so many seconds apart, has settled.
RESTS, REST = 5, 0.05
HERE = Path(__file__).parent
OURS = (sys.executable, "-m", "mailsink", "serve", "--smtp", "{smtp}", "--http", "{http}")
# The others, where they are: name -> program, its arguments, and those that tell its version.
OTHERS = {
    "Mailpit": (
        "mailpit",
        "--smtp 127.0.0.1:{smtp} --listen 127.0.0.1:{http} --database {tmp}/mailpit.db --max 0 --quiet",
        "version --no-release-check",
    ),
    "MailHog": (
        "MailHog",
        "-smtp-bind-addr 127.0.0.1:{smtp} -api-bind-addr 127.0.0.1:{http} -ui-bind-addr 127.0.0.1:{http}",
        "-version",
    ),
    "MailDev": (
        "maildev",
        "--smtp {smtp} --ip 127.0.0.1 --web {http} --web-ip 127.0.0.1 --silent --mail-directory {tmp}/mails",
        "--version",
    ),
    "smtp-sink": ("smtp-sink", "127.0.0.1:{smtp} 1024", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A server: its *name*, the *command* that starts it, and its *version*.

    ``{smtp}``, ``{http}`` and ``{tmp}`` in the command are two ports and a directory, new at each start.
    *loop* is the event loop that mailsink is to take.
    """

    name: str
    command: tuple[str, ...]
    version: str
    loop: str = ""


def peers() -> tuple[Peer, ...]:
    """mailsink, bare aiosmtpd, and those of the others that are on PATH or named by MAILSINK_BENCH_NAME.

    mailsink is there once with asyncio's event loop, and once more with uvloop where it is installed.
    """
    found = [
        *_ours("asyncio", ""),
        *(_ours("uvloop", ", uvloop") if _version_of("uvloop") else ()),
        Peer(
            name="aiosmtpd",
            command=(sys.executable, str(HERE / "counting.py"), "{smtp}"),
            version=_version_of("aiosmtpd"),
        ),
    ]
    for name, (program, arguments, asks) in OTHERS.items():
        wanted = os.environ.get(f"MAILSINK_BENCH_{name.upper().replace('-', '_')}", program)
        path = shutil.which(wanted)
        if path is not None:
            version_said = _version_said(path, asks)
            found.append(Peer(name=name, command=(path, *arguments.split()), version=version_said))
    return tuple(found)


def _ours(loop: str, named: str) -> Iterator[Peer]:
    ours = _version_of("mailsink")
    how = f"{ours}, on {loop} {_version_of(loop)}".rstrip()
    for store, where in (("file", "{tmp}/mail.db"), ("memory", "memory")):
        command = (*OURS, "--store", where)
        yield Peer(name=f"mailsink, {store}{named}", command=command, version=how, loop=loop)


def _version_of(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _version_said(path: str, asks: str) -> str:
    """What the program says of itself, else what go has written into it."""
    questions = [[path, *asks.split()]] if asks else []
    if shutil.which("go"):
        questions.append(["go", "version", "-m", path])
    for command in questions:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
            name = Path(path).name.lower()
            for line in (said.stdout + said.stderr).splitlines():
                number = re.search(r"\bv?(\d+\.\d+\.\d+)\b", line)
                if number and (command[0] != "go" or f"/{name}\t" in line.lower()):
                    return number[1]
    return "version unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a process tree has used: *cpu* in seconds of user and system time, *memory* in resident octets."""

    cpu: float
    memory: int


class Running:
    """A peer that serves at *port*; *banner* and *accepted* are seconds from its start."""

    def __init__(self, peer: Peer, directory: str) -> None:
        self.port = _free_port()
        places = {"smtp": self.port, "http": _free_port(), "tmp": directory}
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [part.format(**places) for part in peer.command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=directory,
            env=_environment(peer.loop),
            start_new_session=True,
        )
        try:
            self._wait(self._greets, peer)
            self.banner = time.perf_counter() - began
            self._wait(self._accepts, peer)
            self.accepted = time.perf_counter() - began
        except BaseException:
            self.stop()
            raise

    def usage(self) -> Usage:
        cpu = memory = 0
        for pid in _tree(self._process.pid):
            with contextlib.suppress(OSError):
                # proc(5): the name in parentheses may hold anything; then utime is the 12th, rss the 22nd.
                words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                cpu += int(words[11]) + int(words[12])
                memory += int(words[21])
        return Usage(cpu=cpu / os.sysconf("SC_CLK_TCK"), memory=memory * os.sysconf("SC_PAGE_SIZE"))

    def settle(self) -> None:
        """Wait until it has nothing to do: some go on starting after they take mail. At most `PATIENCE`."""
        pause = threading.Event()
        deadline = time.monotonic() + PATIENCE
        rests = 0
        before = self.usage().cpu
        while rests < RESTS and time.monotonic() < deadline:
            pause.wait(REST)
            now = self.usage().cpu
            rests = rests + 1 if now == before else 0
            before = now

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _wait(self, is_there: object, peer: Peer) -> None:
        # Nobody tells us when a foreign server listens, so it is asked again and again.
        pause = threading.Event()
        deadline = time.monotonic() + PATIENCE
        while not is_there():  # type: ignore[operator]
            if self._process.poll() is not None:
                raise RuntimeError(f"{peer.name} ended with exit code {self._process.returncode}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{peer.name} did not serve within {PATIENCE:.0f} s")
            pause.wait(0.001)

    def _greets(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as client,
        ):
            return client.recv(512).startswith(b"220")
        return False

    def _accepts(self) -> bool:
        with contextlib.suppress(OSError, RefusedError):
            first_mail(self.port)
            return True
        return False


@contextlib.contextmanager
def running(peer: Peer) -> Iterator[Running]:
    """*peer*, started, and gone with its files at the end."""
    with tempfile.TemporaryDirectory(prefix="mailsink-bench-", ignore_cleanup_errors=True) as directory:
        server = Running(peer, directory)
        try:
            yield server
        finally:
            server.stop()


def _environment(loop: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAILSINK_")}
    return kept | {"MAILSINK_LOOP": loop, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _tree(pid: int) -> list[int]:
    """*pid* and its descendants."""
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        for task in Path(f"/proc/{found[-1]}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                waiting += map(int, task.read_text().split())
    return found

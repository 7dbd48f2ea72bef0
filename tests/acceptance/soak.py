"""What only shows after long: many deaths under load, and minutes at full load with memory level.

    make soak
    make soak ARGS="--kills 20 --minutes 1 --directory /big/disk"

Kills a server again and again at random moments while it takes mail and is searched, and looks each time
whether all that got its 250 is in the file, once, found by a search. Then keeps a server in memory, and one
with a file, at full load for the minutes, and measures how much memory and how many descriptors it has.
Ends with 1 when anything was lost, or grew. Needs Linux's /proc.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT), str(ROOT / "web")]

from acceptance.crashing import Sender, crash, damage, lost_words  # noqa: E402
from bench.load import KIB, content_of, send_load  # noqa: E402
from serving import Server  # noqa: E402

MIB = KIB * KIB
KILLS = 200
MINUTES = 10.0
# So many servers die on one file; then the next file is begun, for a look at all of it takes long.
DEATHS_OF_A_FILE = 10
# A server dies up to so many seconds after its first mails.
LONGEST = 1.5
SESSIONS = 10
# Seconds of load between two looks.
TURN = 5.0
SIZES = (KIB, 10 * KIB, KIB, 100 * KIB)
# What may come on top of the first third of the time: a tenth, and what an allocator takes at once.
SLACK = 16 * MIB
MORE_DESCRIPTORS = 4
# What a server keeps at most, so that memory and disk suffice, and what is too much goes all the time.
MOST_OCTETS = "256m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deaths:
    """What came of killing a server *kills* times; *damage* is what was wrong, in sentences."""

    kills: int
    acknowledged: int
    damage: tuple[str, ...]


def kill_again_and_again(directory: Path, kills: int, chance: random.Random) -> Deaths:
    """Kill *kills* servers at moments that *chance* tells, each while it takes mail."""
    wrong: list[str] = []
    acknowledged = 0
    senders: list[Sender] = []
    file = directory / "mail.db"
    for number in range(kills):
        if number % DEATHS_OF_A_FILE == 0:
            senders = []
            for old in directory.glob("mail.db*"):
                old.unlink()
        enough, delay = chance.randint(1, 100), chance.uniform(0, LONGEST)
        new = crash(directory, file, enough=enough, delay=delay, run=f"k{number}", searched=True)
        senders += new
        acknowledged += sum(len(sender.acknowledged) for sender in new)
        found = damage(file, senders) + [
            f"a search does not find the words of {name}" for name in lost_words(file, _some(new, chance))
        ]
        wrong += [f"after {number + 1} kills: {sentence}" for sentence in found]
        tell(f"kill {number + 1}: {acknowledged} mails got their 250, {len(wrong)} troubles", number + 1, 20)
    return Deaths(kills=kills, acknowledged=acknowledged, damage=tuple(wrong))


def _some(senders: Sequence[Sender], chance: random.Random) -> list[str]:
    names = [name for sender in senders for name in sender.acknowledged]
    return chance.sample(names, min(50, len(names)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A server at one moment: *at* seconds after the begin, octets of memory, open descriptors."""

    at: float
    memory: int
    descriptors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """What came of a long load."""

    levels: tuple[Level, ...]
    messages: int
    p99: float
    trouble: str

    def damage(self) -> list[str]:
        """What is wrong, in sentences."""
        return ([f"a client was refused: {self.trouble}"] if self.trouble else []) + growth(self.levels)


def growth(levels: Sequence[Level]) -> list[str]:
    """What the last third of *levels* has more of than the second; the first one warms up."""
    third = len(levels) // 3
    if not third:
        return []
    found = []
    before, after = levels[third : 2 * third], levels[-third:]
    was, now = (statistics.median(level.memory for level in part) for part in (before, after))
    if now > was * 1.1 + SLACK:
        found.append(f"memory grew from {was / MIB:.0f} to {now / MIB:.0f} MiB")
    most, end = (max(level.descriptors for level in part) for part in (before, after))
    if end > most + MORE_DESCRIPTORS:
        found.append(f"descriptors grew from {most} to {end}")
    return found


def soak(directory: Path, store: str, seconds: float, *, turn: float = TURN) -> Soaked:
    """Keep a server on *store* at full load for *seconds*; look at it after each *turn*, thrice at least."""
    levels, messages, latencies, trouble = [], 0, [], ""
    with Server(directory, "--store", store, "--max-bytes", MOST_OCTETS) as server:
        port, began = server.smtp[1], time.monotonic()
        number = 0
        while (time.monotonic() - began < seconds or number < 3) and not trouble:
            load = send_load(
                port,
                content_of(SIZES[number % len(SIZES)]),
                sessions=SESSIONS,
                many=number % 2 == 0,
                seconds=turn,
            )
            messages += load.messages
            trouble = load.trouble
            latencies.append(load.percentile(0.99))
            search(server.http)
            level = look(server.process.pid, time.monotonic() - began)
            levels.append(level)
            number += 1
            tell(
                f"{level.at:5.0f} s: {messages} mails, {level.memory / MIB:.0f} MiB,"
                f" {level.descriptors} descriptors, p99 {latencies[-1] * 1000:.0f} ms",
                number,
                12,
            )
        code, said = server.stop()
        if (code, said) != (0, "") and not trouble:
            trouble = f"the server ended with {code}: {said}"
    return Soaked(levels=tuple(levels), messages=messages, p99=statistics.median(latencies), trouble=trouble)


def search(http: str, *, timeout: float = 60.0) -> int:
    """Ask for a page of what is found; how many are found in all."""
    with urllib.request.urlopen(f"{http}/api/messages?q=subject:order", timeout=timeout) as reply:
        return int(json.load(reply)["total"])


def look(process: int, at: float) -> Level:
    """The level of *process* now."""
    proc = Path(f"/proc/{process}")
    line = next(line for line in (proc / "status").read_text().splitlines() if line.startswith("VmRSS"))
    return Level(at=at, memory=int(line.split()[1]) * KIB, descriptors=len(list((proc / "fd").iterdir())))


def tell(sentence: str, number: int, every: int) -> None:
    """Print each so many a line, when this is run by hand."""
    if __name__ == "__main__" and number % every == 0:
        print(f"  {sentence}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="of load, for each of the two stores")
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), help="tells the moments of death"
    )
    parser.add_argument("--directory", type=Path, help="for the files; a temporary one by default")
    given = parser.parse_args()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(dir=given.directory) as name:
        directory = Path(name)
        print(f"{given.kills} kills, seed {given.seed}", flush=True)
        deaths = kill_again_and_again(directory, given.kills, random.Random(given.seed))
        print(f"{deaths.kills} kills: {deaths.acknowledged} mails got their 250 and were looked for")
        wrong += deaths.damage
        for store in ("memory", str(directory / "soak.db")):
            what = "memory" if store == "memory" else "a file"
            print(f"{given.minutes:g} minutes at full load, {what}", flush=True)
            done = soak(directory, store, given.minutes * 60)
            print(
                f"{what}: {done.messages} mails, p99 {done.p99 * 1000:.0f} ms;"
                f" memory {_range(level.memory / MIB for level in done.levels)} MiB,"
                f" descriptors {_range(level.descriptors for level in done.levels)}",
                flush=True,
            )
            wrong += [f"{what}: {sentence}" for sentence in done.damage()]
            with suppress(FileNotFoundError):
                Path(store).unlink()
    for sentence in wrong:
        print(f"TROUBLE {sentence}")
    print("nothing was lost, and nothing grew" if not wrong else f"{len(wrong)} troubles")
    return 1 if wrong else 0


def _range(values: object) -> str:
    every = list(values)  # type: ignore[call-overload]
    return f"{min(every):.0f} to {max(every):.0f}"


if __name__ == "__main__":
    raise SystemExit(main())

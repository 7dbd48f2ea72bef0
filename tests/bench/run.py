"""How fast mailsink takes mail, beside other servers: ``make bench``, or ``python tests/bench/run.py``.

Starts each server anew for each load, in turn, so that whatever else the machine does hits all alike. Writes
docs/benchmarks/README.md and its picture. Needs Linux. Mailpit, MailHog, MailDev and smtp-sink take part
where they are on PATH, or named by MAILSINK_BENCH_MAILPIT, _MAILHOG, _MAILDEV, _SMTP_SINK.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT), str(ROOT / "web")]

from bench.load import KIB, content_of, send_load  # noqa: E402
from bench.page import About, Run, Scenario, page, picture  # noqa: E402
from bench.peers import Peer, peers, running  # noqa: E402

SESSIONS = 10
SIZES = {"1 KiB": KIB, "10 KiB": 10 * KIB, "100 KiB": 100 * KIB, "5 MiB": 5 * KIB * KIB}
SCENARIOS = tuple(
    Scenario(name=f"{words}, {'many a' if many else 'one a'} connection", size=size, many=many)
    for words, size in SIZES.items()
    for many in (False, True)
)
# What a server that keeps everything in memory may be given in one load.
MOST_OCTETS = 400 * KIB * KIB
WARM_UP = 0.3
# A load of more than this for each core when a run begins is somebody else's.
BUSY = 0.25
SEARCH = Path(__file__).with_name("search_at_scale.py")


def measure(peer: Peer, scenario: Scenario, seconds: float) -> Run:
    """One load of *scenario* on *peer*, after a short one that is not counted."""
    content = content_of(scenario.size)
    with running(peer) as server:

        def load(time: float, most: int):
            return send_load(
                server.port, content, sessions=SESSIONS, many=scenario.many, seconds=time, most=most
            )

        if scenario.size < KIB * KIB:
            load(WARM_UP, 200)
        server.settle()
        before = server.usage()
        done = load(seconds, MOST_OCTETS // scenario.size)
        after = server.usage()
        return Run(
            scenario=scenario.name,
            server=peer.name,
            rate=done.rate,
            p50=done.percentile(0.5),
            p99=done.percentile(0.99),
            cpu=(after.cpu - before.cpu) / max(done.messages, 1) * 1000,
            memory=after.memory,
            banner=server.banner,
            accepted=server.accepted,
            trouble=done.trouble,
        )


def measure_all(chosen: list[Peer], scenarios: list[Scenario], rounds: int, seconds: float) -> list[Run]:
    runs: list[Run] = []
    for scenario in scenarios:
        hopeless: set[str] = set()
        for number in range(1, rounds + 1):
            for peer in chosen:
                if peer.name in hopeless:
                    continue
                run = measure(peer, scenario, seconds)
                runs.append(run)
                # A server that takes nothing in all its time is not asked again: that would cost minutes.
                if not run.rate:
                    hopeless.add(peer.name)
                print(
                    f"{scenario.name}, round {number}, {peer.name}: {run.rate:,.1f} mails/s,"
                    f" CPU {run.cpu:.2f} s/1,000 {run.trouble}",
                    flush=True,
                )
    return runs


def search(given: list[str]) -> str:
    """What the search benchmark says, for each number of messages, or file of messages, that is *given*."""
    said = []
    for each in given:
        done = subprocess.run(
            [sys.executable, str(SEARCH), *([each] if each.isdecimal() else ["--existing", each])],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )
        said.append(done.stdout.strip())
        print(said[-1], flush=True)
    return "\n\n".join(said)


def facts(rounds: int, seconds: float, loads: tuple[float, float]) -> tuple[tuple[str, str], ...]:
    models = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    memory = next((line.split()[1] for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), "0")
    return (
        ("date", dt.datetime.now(dt.UTC).strftime("%d %B %Y")),
        ("machine", f"{os.cpu_count()} cores, {model}, {int(memory) / KIB / KIB:.0f} GiB"),
        ("load before and after", f"{loads[0]:.1f} and {loads[1]:.1f} (an idle machine begins near 0)"),
        ("system", f"{platform.system()} {platform.release()}"),
        ("Python, SQLite", f"{platform.python_version()}, {sqlite3.sqlite_version}"),
        ("rounds", f"{rounds} of {seconds:g} s, {SESSIONS} sessions"),
    )


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text("utf-8", "replace").splitlines()
    except OSError:
        return []


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each load (5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="seconds of each load (2)")
    parser.add_argument("--only", default="", help="servers or loads, parts of their names, with semicolons")
    parser.add_argument(
        "--search",
        default="10000,100000,1000000",
        help="numbers of messages to search, or files that search_at_scale.py filled; '' for none",
    )
    parser.add_argument("--into", type=Path, default=ROOT / "docs" / "benchmarks", help="where to write")
    return parser.parse_args()


def main() -> None:
    given = options()
    words = [word.strip().lower() for word in given.only.split(";") if word.strip()]
    everybody = list(peers())
    chosen = [p for p in everybody if any(word in p.name.lower() for word in words)] or everybody
    scenarios = [s for s in SCENARIOS if any(word in s.name.lower() for word in words)] or list(SCENARIOS)
    load_before = os.getloadavg()[0]
    runs = measure_all(chosen, scenarios, given.rounds, given.seconds)
    searched = [each.strip() for each in given.search.split(",") if each.strip()]
    about = About(
        facts=facts(given.rounds, given.seconds, (load_before, os.getloadavg()[0])),
        servers=tuple((peer.name, peer.version) for peer in chosen),
        was_busy=load_before > BUSY * (os.cpu_count() or 1),
        search=search(searched) if searched and SEARCH.is_file() else "",
    )
    given.into.mkdir(exist_ok=True)
    (given.into / "README.md").write_text(page(scenarios, runs, about), "utf-8")
    (given.into / "ingest.svg").write_text(picture(scenarios, runs, about), "utf-8")
    print(f"written to {given.into}")


if __name__ == "__main__":
    main()

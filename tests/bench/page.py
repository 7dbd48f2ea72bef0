"""What a run has measured, as a page with tables and as a picture.

Knows nothing of how it was measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

BASE = "aiosmtpd"
BUSY = "**The machine was busy with other work when this run began: do not quote it.**"
TEXT = "font-family='sans-serif' font-size='12' fill='#57606a'"
# Readable on white and on black, and told apart by those who do not see colours as most do.
COLOURS = ("#0072b2", "#56b4e9", "#767676", "#d55e00", "#009e73", "#cc79a7", "#8c6d1f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One kind of load: *size* in octets, *many* mails over one connection or a connection for each."""

    name: str
    size: int
    many: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One load on one server. Latencies, *banner* and *accepted* are seconds, *memory* octets afterwards.

    *cpu* is the server's seconds for 1,000 mails. *trouble* is the first refusal, or ``""``.
    """

    scenario: str
    server: str
    rate: float
    p50: float
    p99: float
    cpu: float
    memory: int
    banner: float
    accepted: float
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What one must know to judge the numbers; *facts* are names and values, *servers* names and versions.

    *search* is what the search benchmark said, *was_busy* whether the machine had other work.
    """

    facts: tuple[tuple[str, str], ...]
    servers: tuple[tuple[str, str], ...]
    search: str = ""
    was_busy: bool = False


def middle(runs: Iterable[Run], of: str) -> float:
    return median(getattr(run, of) for run in runs)


def of_server(runs: Iterable[Run], server: str, scenario: str | None = None) -> list[Run]:
    return [run for run in runs if run.server == server and scenario in (None, run.scenario)]


def page(scenarios: Sequence[Scenario], runs: Sequence[Run], about: About) -> str:
    """The page in Markdown."""
    servers = [name for name, _ in about.servers]
    lines = [
        "# Benchmarks",
        "",
        "`make bench` has written this page and its picture.",
        "Each server was started anew for each load, one after another in turn, round after round.",
        "The numbers are medians of the rounds; compare them within this page only.",
        "On a machine that does other work, CPU says more than mails a second.",
        *([BUSY] if about.was_busy else []),
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in about.facts),
        *(f"| {name} | {value} |" for name, value in about.servers),
        "",
        "![How many times the mails of bare aiosmtpd each server takes](ingest.svg)",
        "",
        "## Taking mail",
        "",
        "Ten sessions send at once. `×` is the rate against bare aiosmtpd, which keeps nothing.",
        "Latency is from the connection, or from MAIL where there are many mails on one, to the 250.",
        "CPU is the server's, user and system, in seconds for 1,000 mails; memory is after the load.",
    ]
    for scenario in scenarios:
        if any(run.scenario == scenario.name for run in runs):
            lines += ["", f"### {scenario.name}", "", *_ingest(scenario, servers, runs)]
    lines += ["", "## Starting", "", *_start_up(servers, runs)]
    if about.search:
        lines += [
            "",
            "## Searching",
            "",
            "In one process, over a file store.",
            "",
            "```text",
            about.search,
            "```",
        ]
    return "\n".join(lines) + "\n"


def _ingest(scenario: Scenario, servers: Sequence[str], runs: Sequence[Run]) -> list[str]:
    lines = [
        "| server | mails/s | × | p50 ms | p99 ms | CPU s/1,000 | memory MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    base = of_server(runs, BASE, scenario.name)
    for server in servers:
        own = of_server(runs, server, scenario.name)
        if not own:
            continue
        trouble = next((run.trouble for run in own if run.trouble), "")
        rate = middle(own, "rate")
        if not rate:
            lines.append(f"| {server} | none: {trouble} | | | | | |")
            continue
        ratio = f"{rate / middle(base, 'rate'):.2f}" if base and middle(base, "rate") else ""
        cells = [
            server + (f" ({trouble})" if trouble else ""),
            f"{rate:,.0f}" if rate >= 10 else f"{rate:.2f}",
            ratio,
            f"{middle(own, 'p50') * 1000:,.1f}",
            f"{middle(own, 'p99') * 1000:,.1f}",
            f"{middle(own, 'cpu'):,.2f}",
            f"{middle(own, 'memory') / 2**20:,.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _start_up(servers: Sequence[str], runs: Sequence[Run]) -> list[str]:
    lines = ["| server | to the 220, ms | to the first mail's 250, ms |", "|---|---|---|"]
    for server in servers:
        own = of_server(runs, server)
        if own:
            times = (middle(own, "banner") * 1000, middle(own, "accepted") * 1000)
            lines.append(f"| {server} | {times[0]:,.0f} | {times[1]:,.0f} |")
    return lines


WIDTH, LEFT, BAR, GAP, TOP = 760, 190, 13, 18, 40


def picture(scenarios: Sequence[Scenario], runs: Sequence[Run], about: About) -> str:
    """An SVG: for each load a bar for each server, from 1 (as fast as aiosmtpd), on a logarithmic scale."""
    servers = [name for name, _ in about.servers if name != BASE]
    groups = [(s, _ratios(s, servers, runs)) for s in scenarios]
    groups = [(scenario, ratios) for scenario, ratios in groups if ratios]
    everything = [ratio for _, ratios in groups for _, ratio in ratios] or [1.0]
    low = min(-1, math.floor(math.log10(min(everything))))
    high = max(1, math.ceil(math.log10(max(everything))))
    scale = (WIDTH - LEFT - 60) / (high - low)

    def x(ratio: float) -> float:
        return LEFT + (math.log10(ratio) - low) * scale

    parts: list[str] = []
    y = TOP
    for scenario, ratios in groups:
        parts.append(f"<text x='{LEFT - 10}' y='{y + 11}' text-anchor='end' {TEXT}>{scenario.name}</text>")
        for server, ratio in ratios:
            left, right = sorted((x(1), x(ratio)))
            colour = COLOURS[servers.index(server) % len(COLOURS)]
            words = f"{server}, {scenario.name}: {ratio:.2f}"
            parts.append(
                f"<rect x='{left:.1f}' y='{y}' width='{max(right - left, 1):.1f}' height='{BAR - 2}'"
                f" fill='{colour}'><title>{words}</title></rect>"
            )
            parts.append(f"<text x='{right + 4:.1f}' y='{y + 10}' {TEXT}>{ratio:.2f}</text>")
            y += BAR
        y += GAP
    lines = [_line(x(10.0**power), y, f"{10.0**power:g}×") for power in range(low, high + 1)]
    legend = [_key(place, server, y + 10) for place, server in enumerate(servers)]
    height = y + 10 + 18 * math.ceil(len(servers) / 4) + 10
    return "\n".join(
        [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' role='img'>",
            "<title>Mails a second against bare aiosmtpd (1×)</title>",
            *lines,
            *parts,
            *legend,
            "</svg>",
            "",
        ]
    )


def _ratios(scenario: Scenario, servers: Sequence[str], runs: Sequence[Run]) -> list[tuple[str, float]]:
    base = of_server(runs, BASE, scenario.name)
    if not base or not middle(base, "rate"):
        return []
    rates = [(server, of_server(runs, server, scenario.name)) for server in servers]
    found = [(server, middle(own, "rate") / middle(base, "rate")) for server, own in rates if own]
    return [(server, ratio) for server, ratio in found if ratio > 0]


def _line(x: float, bottom: float, label: str) -> str:
    return (
        f"<line x1='{x:.1f}' y1='{TOP - 10}' x2='{x:.1f}' y2='{bottom - 10}' stroke='#afb8c1'/>"
        f"<text x='{x:.1f}' y='{TOP - 18}' text-anchor='middle' {TEXT}>{label}</text>"
    )


def _key(place: int, server: str, top: float) -> str:
    x, y = 20 + (place % 4) * 180, top + 18 * (place // 4)
    return (
        f"<rect x='{x}' y='{y}' width='11' height='11' fill='{COLOURS[place % len(COLOURS)]}'/>"
        f"<text x='{x + 16}' y='{y + 10}' {TEXT}>{server}</text>"
    )

"""What an empty fault plan costs: server CPU time for each mail, against a server without the mechanism.

The one without is made of the same sources: every look at the plan is taken out before they are compiled.
``python tests/bench/faults_cost.py`` prints both and the difference, which must stay under 3 %.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PAIRS = 3
ROUNDS = 7
MAILS = 1_000
ALLOWED = 3.0
TIMEOUT = 60.0
BROKEN_BY = ("mailsink.smtp.connection", "mailsink.smtp.protocol")


class _Remove(ast.NodeTransformer):
    """Takes out each look at the plan, as if no rule could ever be there."""

    def __init__(self) -> None:
        self.removed = 0

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if ast.unparse(node).endswith(".plan.active"):
            return self._constant(value=False)
        return self._inside(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        if ast.unparse(node) == "self.port.plan.active or self._breaker":
            return self._constant(value=False)
        return self._inside(node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        said = ast.unparse(node)
        if said in ("self._breaker is None", "self._breaker is not None"):
            return self._constant(value=said.endswith("is None"))
        return self._inside(node)

    def visit_Await(self, node: ast.Await) -> ast.expr:
        if ast.unparse(node).startswith("await self._passes("):
            return self._constant(value=True)
        return self._inside(node)

    def _constant(self, *, value: bool) -> ast.expr:
        self.removed += 1
        return ast.Constant(value)

    def _inside(self, node: ast.expr) -> Any:
        return self.generic_visit(node)


def remove_faults() -> int:
    """Load the modules that look at the plan without those looks; how many there were."""
    removed = 0
    for name in BROKEN_BY:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        remove = _Remove()
        tree = ast.fix_missing_locations(remove.visit(ast.parse(Path(spec.origin).read_text("utf-8"))))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        exec(compile(tree, spec.origin, "exec"), module.__dict__)
        removed += remove.removed
    return removed


class Server:
    """A sink in a process of its own, which is asked for the CPU time that it took."""

    def __init__(self, kind: str) -> None:
        paths = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            [sys.executable, __file__, "serve", kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "0"},
            text=True,
        )
        self.address = ("127.0.0.1", int(self._read()))

    def _read(self) -> Any:
        return json.loads(self._process.stdout.readline())

    def cpu(self) -> float:
        """Seconds of CPU that the process took; forgets the mails that it has."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._read())

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(TIMEOUT)
        self._process.stdout.close()


def serve(kind: str) -> None:
    if kind == "without":
        assert remove_faults() >= 5
    from mailsink.sink import Sink

    with Sink() as sink:
        print(sink.port, flush=True)
        for _ in sys.stdin:
            spent = time.process_time()
            sink.everything.clear()
            print(spent, flush=True)


def microseconds(server: Server, mails: int = MAILS) -> float:
    """CPU time for each of some mails."""
    from bench.smtp_load import many_mails

    server.cpu()
    before = server.cpu()
    many_mails(server, mails)
    return (server.cpu() - before) / mails * 1e6


def measure() -> None:
    rounds: dict[str, list[float]] = {"with": [], "without": []}
    ratios = []
    for _ in range(PAIRS):
        servers = {kind: Server(kind) for kind in rounds}
        for server in servers.values():
            microseconds(server)
        for number in range(ROUNDS):
            order = list(servers) if number % 2 else list(servers)[::-1]
            taken = {kind: microseconds(servers[kind]) for kind in order}
            ratios.append(taken["with"] / taken["without"])
            for kind, value in taken.items():
                rounds[kind].append(value)
        for server in servers.values():
            server.close()
    medians = {kind: statistics.median(values) for kind, values in rounds.items()}
    print(f"an empty plan: {medians['with']:.0f} µs of CPU a mail (median of {len(ratios)} rounds)")
    print(f"no mechanism:  {medians['without']:.0f} µs")
    print(f"difference: {(medians['with'] / medians['without'] - 1) * 100:+.1f} %", end=", ")
    print(f"round by round {(statistics.median(ratios) - 1) * 100:+.1f} % (under {ALLOWED:g} %)")


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[1]))
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    else:
        measure()

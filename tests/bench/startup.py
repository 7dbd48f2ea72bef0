"""How long from starting the process to its SMTP greeting: the median of 20 starts, in milliseconds.

    python tests/bench/startup.py

Wants a quiet machine. The target is under 300 ms.
"""

from __future__ import annotations

import contextlib
import socket
import statistics
import subprocess
import sys
import threading
import time

STARTS = 20
PATIENCE = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def greeting(port: int) -> bytes:
    """Connect as soon as that is possible, and read the first octets."""
    pause = threading.Event()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client,
        ):
            return client.recv(512)
        pause.wait(0.001)
    raise TimeoutError(f"nothing listened at port {port}")


def start_once() -> float:
    """Seconds until the greeting."""
    port = free_port()
    command = [sys.executable, "-m", "mailsink", "--smtp", str(port), "--http", "0"]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        assert greeting(port).startswith(b"220 ")
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(PATIENCE)


def main() -> None:
    start_once()  # so that byte code is written and files are in memory
    times = sorted(start_once() * 1000 for _ in range(STARTS))
    print(f"{statistics.median(times):.0f} ms to the greeting (best {times[0]:.0f}, worst {times[-1]:.0f})")


if __name__ == "__main__":
    main()

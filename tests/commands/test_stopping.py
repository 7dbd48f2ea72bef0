from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from serving import environment

WAITS = """
import threading
from mailsink.commands.stopping import Stopping

stopping, never = Stopping(), threading.Event()
print(bool(stopping), flush=True)
# Not signal.pause(): a signal that comes right before it would be waited for in vain.
while not stopping:
    never.wait(0.01)
print(bool(stopping), stopping.code, flush=True)
never.wait(60)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_the_first_signal_asks_and_the_second_ends(number):
    with subprocess.Popen(
        [sys.executable, "-c", WAITS], env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        before = process.stdout.readline()
        process.send_signal(number)
        after = process.stdout.readline()
        process.send_signal(number)

    assert (before, after) == ("False\n", f"True {128 + number}\n")
    assert process.returncode == 128 + number

"""What holds for all tests: listeners run on asyncio's loop, unless MAILSINK_LOOP says otherwise.

uvloop, which is installed here, is tried by tests/smtp/test_loops.py. ``MAILSINK_LOOP=uvloop make test``
tries everything with it.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

os.environ.setdefault("MAILSINK_LOOP", "asyncio")

# How long an example takes, or is in the making, says more about the machine than about the code.
settings.register_profile("without a clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("without a clock")

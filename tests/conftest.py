"""What holds for all tests: listeners run on asyncio's loop, unless MAILSINK_LOOP says otherwise.

uvloop, which is installed here, is tried by tests/smtp/test_loops.py. ``MAILSINK_LOOP=uvloop make test``
tries everything with it.

Hypothesis tries the same examples every time, so that a run says something about the change and not about
luck. ``make test ARGS=--hypothesis-profile=search`` looks for new ones.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

os.environ.setdefault("MAILSINK_LOOP", "asyncio")

# How long an example takes, or is in the making, says more about the machine than about the code.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("search"), derandomize=True)
settings.load_profile("repeatable")

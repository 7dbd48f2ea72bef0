"""What holds for all tests: listeners run on asyncio's loop, unless MAILSINK_LOOP says otherwise.

uvloop, which is installed here, is tried by tests/smtp/test_loops.py. ``MAILSINK_LOOP=uvloop make test``
tries everything with it.
"""

from __future__ import annotations

import os

os.environ.setdefault("MAILSINK_LOOP", "asyncio")

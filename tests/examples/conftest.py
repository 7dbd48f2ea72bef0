from __future__ import annotations

# The samples are projects of their own: test_samples.py runs them as their owners would.
collect_ignore_glob = ["*/*"]

"""The patterns of fault rules: ``*`` and ``?``, and nothing else that is special.

fnmatch alone would read the address literal in ``ada@[127.0.0.1]`` as one of some characters.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache

__all__ = ["escape", "like"]


def like(pattern: str, value: str, *, caseless: bool = True) -> bool:
    """Whether *value* as a whole is like *pattern*.

    ``*`` stands for any characters, ``?`` for one; ``[*]``, ``[?]`` and ``[[]`` for themselves, and so does
    every other character.
    """
    if caseless:
        pattern, value = pattern.lower(), value.lower()
    return fnmatchcase(value, _for_fnmatch(pattern))


def escape(text: str) -> str:
    """*text* as a pattern that matches it alone."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


@lru_cache(1_000)
def _for_fnmatch(pattern: str) -> str:
    return re.sub(r"\[[*?\[]\]|\[", lambda found: found[0] if len(found[0]) == 3 else "[[]", pattern)

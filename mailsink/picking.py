"""The one link and the one code of a message that a tester means, or why it cannot be said which.

Knows links and codes as values; nothing of messages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .errors import ExpectationError

if TYPE_CHECKING:
    from .extract import Code, Link

__all__ = ["the_code", "the_link"]


def the_link(
    links: Sequence[Link], pattern: str | re.Pattern[str] = "", text: str | re.Pattern[str] = ""
) -> str:
    """The URL of the one of *links* that has *pattern* in its URL and *text* in what a reader clicks.

    A text is contained, with white space folded; a compiled pattern is searched for. Raises
    ExpectationError that lists the links, unless exactly one fits.
    """
    for value in (pattern, text):
        if not isinstance(value, (str, re.Pattern)):
            raise TypeError(f"link: {value!r} is neither a text nor a compiled pattern")
    found = [x for x in links if _fits(pattern, x.url) and _fits(text, x.text)]
    if len(found) == 1:
        return found[0].url
    from .display import shown

    wanted = [f"{shown(value)} in its {name}" for name, value in (("URL", pattern), ("text", text)) if value]
    what = f"link with {' and '.join(wanted)}" if wanted else "link"
    rows = [f"{shown(x.url)}  {shown(x.text)}" for x in found or links]
    raise _not_one(what, len(found), rows)


def the_code(codes: Sequence[Code], digits: int | tuple[int, int] | None = None) -> str:
    """The value of the one of *codes* that has as many *digits*, or between two numbers of them.

    ``None`` takes any, letters included. Raises ExpectationError that lists the candidates, unless exactly
    one fits.
    """
    if not _says_how_many(digits):
        raise TypeError(f"digits={digits!r}: must be a number, or the least and the most: digits=(4, 8)")
    found = [x for x in codes if _has_digits(x.value, digits)]
    if len(found) == 1:
        return found[0].value
    from .display import shown

    rows = [f"{shown(x.shown or x.value)}  in {shown(x.context)}" for x in found or codes]
    raise _not_one(f"code{_digits(digits)}", len(found), rows)


def _fits(pattern: str | re.Pattern[str], value: str) -> bool:
    if isinstance(pattern, str):
        return " ".join(pattern.split()) in " ".join(value.split())
    return pattern.search(value) is not None


def _says_how_many(digits: object) -> bool:
    if isinstance(digits, tuple) and len(digits) == 2:
        least, most = digits
        return isinstance(least, int) and isinstance(most, int) and least <= most
    return digits is None or isinstance(digits, int)


def _has_digits(value: str, digits: int | tuple[int, int] | None) -> bool:
    if digits is None:
        return True
    least, most = (digits, digits) if isinstance(digits, int) else digits
    return value.isdigit() and least <= len(value) <= most


def _digits(digits: int | tuple[int, int] | None) -> str:
    if digits is None:
        return ""
    return f" of {digits} digits" if isinstance(digits, int) else f" of {digits[0]} to {digits[1]} digits"


def _not_one(what: str, number: int, rows: list[str]) -> ExpectationError:
    lines = [f"expected one {what}, got {number or 'none'}"]
    if not rows:
        lines.append(f"the mail has no {what.partition(' ')[0]}")
    else:
        lines += [
            "the candidates are:" if number else "there are:",
            *(f"  {i}. {row}" for i, row in enumerate(rows, 1)),
        ]
    return ExpectationError("\n".join(lines))

"""A snippet: code with places for host, port, TLS and a login, filled in and taken apart to be coloured."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Door", "Snippet", "pieces"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where mail is sent to, and what is asked for: *tls* is ``none``, ``starttls`` or ``implicit``.

    *starttls* says that TLS must be begun, not that it may be. *user* and *password* are what to log in with,
    ``""`` where nobody needs to.
    """

    host: str
    port: int
    tls: str = "none"
    user: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """*code* has ``{host}``, ``{port}``, ``{user}`` and ``{password}`` where they belong.

    A line that begins with ``{login}``, ``{starttls}``, ``{implicit}`` or ``{plain}`` is there only where one
    logs in, begins TLS by STARTTLS or by itself, or has no TLS; with ``{open}``, where nobody logs in.
    ``{scheme}`` is ``smtp`` or ``smtps``, ``{is_starttls}`` and ``{is_implicit}`` are *no* or *yes*.
    *comment* is what begins a comment in it.
    """

    id: str
    name: str
    file: str
    code: str
    comment: str
    note: str = ""
    no: str = "false"
    yes: str = "true"

    def filled(self, door: Door) -> str:
        """The code for *door*."""
        holds = {
            "{login}": bool(door.user),
            "{open}": not door.user,
            "{starttls}": door.tls == "starttls",
            "{implicit}": door.tls == "implicit",
            "{plain}": door.tls == "none",
        }
        lines = []
        for line in self.code.split("\n"):
            mark = next((mark for mark in holds if line.startswith(mark)), "")
            if not mark or holds[mark]:
                lines.append(line.removeprefix(mark))
        words = {
            "{host}": door.host,
            "{port}": str(door.port),
            "{user}": door.user,
            "{password}": door.password,
            "{scheme}": "smtps" if door.tls == "implicit" else "smtp",
            "{is_starttls}": self.yes if door.tls == "starttls" else self.no,
            "{is_implicit}": self.yes if door.tls == "implicit" else self.no,
        }
        return re.sub("|".join(map(re.escape, words)), lambda match: words[match[0]], "\n".join(lines))


def pieces(code: str, comment: str) -> list[tuple[str, str]]:
    """*code* as pieces with the class each is shown in: ``s`` strings, ``k`` numbers, ``c`` comments."""
    words = re.compile(
        rf"(?P<c>(?:^|(?<=\s)){re.escape(comment)}.*$)|(?P<s>\"[^\"\n]*\"|'[^'\n]*')|(?P<k>(?<![\w.])\d+(?![\w.])|\b(?:True|False|true|false|nil)\b)",
        re.MULTILINE,
    )
    found: list[tuple[str, str]] = []
    end = 0
    for match in words.finditer(code):
        found += (("", code[end : match.start()]), (match.lastgroup or "", match[0]))
        end = match.end()
    found.append(("", code[end:]))
    return [piece for piece in found if piece[1]]

"""A message as a test that would find it: for the fixture, the clients of Python and JavaScript, and curl.

Knows the message as it is shown and the address of the server; asks no store.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from urllib.parse import urlsplit

from mailsink.query_text import phrase

from .values import LinkJSON, MessageJSON

__all__ = ["LANGUAGES", "Wanted", "code_of"]

# The languages, and what each is called.
LANGUAGES: Mapping[str, str] = {
    "pytest": "pytest",
    "python": "Python",
    "javascript": "JavaScript",
    "curl": "curl",
}
# Characters of a function's name, and files that a test names.
LONGEST_NAME = 50
MOST_FILES = 5
TIMEOUT = 10

_PLAIN = re.compile(r"[\w.+@-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a message is told from others by; ``None`` leaves a condition out."""

    rcpt: str | None = None
    subject: str | None = None
    sender: str | None = None

    @classmethod
    def of(cls, shown: MessageJSON) -> Wanted:
        """By its first recipient that was accepted, and its subject."""
        accepted = (r.path for r in shown.envelope.recipients if r.reply.code < 400 and not r.discarded)
        return cls(rcpt=next(accepted, None), subject=shown.subject or None)

    def narrowed(self, shown: MessageJSON) -> Wanted:
        """By its reverse-path too."""
        return replace(self, sender=shown.envelope.reverse_path)

    @property
    def words(self) -> dict[str, str]:
        """The conditions of `mailsink.query.query_of`."""
        given = {"rcpt": self.rcpt, "sender": self.sender, "subject": self.subject}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def q(self) -> str:
        """The same in the language of the search."""
        return " ".join(
            "is:bounce" if (name, value) == ("sender", "") else f"{name}:{_word(value)}"
            for name, value in self.words.items()
        )


# Recipients that a test names; of more it tells the number.
_MOST_RCPTS = 8


def code_of(shown: MessageJSON, language: str, wanted: Wanted, url: str) -> str:
    """The test in one of `LANGUAGES`; *url* is the server's address."""
    return _WRITERS[language](shown, wanted, url)


def _pytest(shown: MessageJSON, wanted: Wanted, url: str) -> str:  # noqa: ARG001 - the fixture is the server
    lines = [
        f"def test_{_name(shown.subject)}(mailsink):",
        "    ...  # what sends it, to mailsink.host and mailsink.port",
        "",
        *_call("    mail = mailsink.expect(", _python_words(wanted), "    )"),
        "",
        f"    assert mail.sender == {_python(shown.envelope.reverse_path)}",
        f"    assert {_rcpts(shown, 'mail.rcpts')}",
    ]
    if len(shown.codes) == 1:
        lines.append(f"    assert len(mail.code()) == {len(shown.codes[0].value)}")
    if pattern := _link_pattern(shown.links):
        lines.append(f"    assert mail.link({_python(pattern)})")
    if files := _files(shown):
        lines.append(
            f"    assert [file.filename for file in mail.attachments] == {_list(map(_python, files))}"
        )
    return "\n".join(lines)


def _client(shown: MessageJSON, wanted: Wanted, url: str) -> str:
    words = [*_python_words(wanted), f"timeout={TIMEOUT}"]
    lines = [
        "from mailsink import Client",
        "",
        f"with Client({_python(url)}, inbox={_python(shown.inbox)}) as client:",
        *_call("    message = client.expect(", words, "    )"),
        "",
        f"assert message.envelope.reverse_path == {_python(shown.envelope.reverse_path)}",
        f"assert {_rcpts(shown, 'message.envelope.forward_paths', 'list')}",
    ]
    if len(shown.codes) == 1:
        lines.append(f"assert len(message.codes[0].value) == {len(shown.codes[0].value)}")
    if pattern := _link_pattern(shown.links):
        lines.append(f"assert any({_python(pattern)} in link.url for link in message.links)")
    return "\n".join(lines)


def _javascript(shown: MessageJSON, wanted: Wanted, url: str) -> str:
    words = [f"{name}: {_js(value)}" for name, value in wanted.words.items()]
    rcpts = _accepted(shown)
    lines = [
        'import assert from "node:assert/strict";',
        'import { Client } from "mailsink";',
        "",
        f"const mailsink = new Client({{ url: {_js(url)} }}).inbox({_js(shown.inbox)});",
        "",
        *_call("const mail = await mailsink.expect({", words, "});", indent="  "),
        "",
        f"assert.equal(mail.sender, {_js(shown.envelope.reverse_path)});",
        f"assert.deepEqual(mail.rcpts, {_list(map(_js, rcpts))});"
        if len(rcpts) <= _MOST_RCPTS
        else f"assert.equal(mail.rcpts.length, {len(rcpts)});",
    ]
    if len(shown.codes) == 1:
        lines.append(f"assert.equal(mail.code().length, {len(shown.codes[0].value)});")
    if pattern := _link_pattern(shown.links):
        lines.append(f"assert.ok(mail.link({_js(pattern)}));")
    return "\n".join(lines)


def _rcpts(shown: MessageJSON, name: str, made: str = "") -> str:
    """That *name*, which *made* makes a list of, are the recipients; of many, how many there are."""
    rcpts = _accepted(shown)
    if len(rcpts) > _MOST_RCPTS:
        return f"len({name}) == {len(rcpts)}"
    return f"{f'{made}({name})' if made else name} == {_list(map(_python, rcpts))}"


def _curl(shown: MessageJSON, wanted: Wanted, url: str) -> str:
    return " \\\n  ".join(
        (
            f"curl --silent --show-error --fail-with-body --get {shlex.quote(f'{url}/api/wait')}",
            f"--data-urlencode {shlex.quote(f'q={wanted.q}')}",
            f"--data-urlencode {shlex.quote(f'inbox={shown.inbox}')}",
            f"--data timeout={TIMEOUT}",
        )
    )


_WRITERS: Mapping[str, Callable[[MessageJSON, Wanted, str], str]] = {
    "pytest": _pytest,
    "python": _client,
    "javascript": _javascript,
    "curl": _curl,
}


def _accepted(shown: MessageJSON) -> list[str]:
    return [r.path for r in shown.envelope.recipients if r.reply.code < 400 and not r.discarded]


def _files(shown: MessageJSON) -> list[str]:
    """The names of its files; none where they are too many to be named, or one has no name."""
    names = [part.filename or "" for part in shown.parts if part.is_attachment]
    return names if 0 < len(names) <= MOST_FILES and all(names) else []


def _link_pattern(links: tuple[LinkJSON, ...]) -> str:
    """What one link alone has in its URL and will have next time too; ``""`` where no link has that."""
    for link in links:
        try:
            parts = urlsplit(link.url)
        except ValueError:
            continue
        steps = parts.path.split("/")
        # What has a digit in it is the number of an order or a token: another one the next time.
        kept = [step for step in steps if not any(c.isdigit() for c in step)]
        stable = "/".join(steps if kept == steps else [*steps[: _first_digit(steps)], ""])
        for pattern in (stable, f"{parts.netloc}{stable}", link.url):
            if pattern.strip("/") and sum(pattern in other.url for other in links) == 1:
                return pattern
    return ""


def _first_digit(steps: list[str]) -> int:
    return next(at for at, step in enumerate(steps) if any(c.isdigit() for c in step))


def _name(subject: str) -> str:
    """A subject as the name of a function."""
    return re.sub(r"[^a-z0-9]+", "_", subject.lower())[:LONGEST_NAME].strip("_") or "mail"


def _python_words(wanted: Wanted) -> list[str]:
    return [f"{name}={_python(value)}" for name, value in wanted.words.items()]


def _call(head: str, arguments: list[str], foot: str, *, indent: str = "        ") -> list[str]:
    return [head, *(f"{indent}{argument}," for argument in arguments), foot]


def _list(items: map[str]) -> str:
    return f"[{', '.join(items)}]"


def _python(text: str) -> str:
    """*text* as a literal of Python, in which nothing is there that cannot be seen."""
    return _escaped(text, lambda character: ascii(character)[1:-1])


def _js(text: str) -> str:
    """*text* as a literal of JavaScript, in which nothing is there that cannot be seen."""
    return _escaped(text, lambda character: f"\\u{{{ord(character):x}}}")


def _escaped(text: str, escape: Callable[[str], str]) -> str:
    return "".join(c if c.isprintable() else escape(c) for c in json.dumps(text, ensure_ascii=False))


def _word(value: str) -> str:
    """*value* in the search language: the longest piece of it that a command line can hold."""
    runs = ("".join(run) for seen, run in groupby(value, str.isprintable) if seen)
    piece = max(runs, key=len, default="")
    return piece if _PLAIN.fullmatch(piece) else phrase(piece)

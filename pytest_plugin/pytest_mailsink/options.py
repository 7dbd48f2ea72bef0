"""The plugin's settings: ini, command line, and the marker. Loads nothing but pytest."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest

__all__ = ["MARKER", "Options", "add_options", "marked", "read_options", "unknown"]

SCALE = "MAILSINK_TIMEOUT_SCALE"
URL = "MAILSINK_URL"
LATE = ("warn", "error", "ignore")
SAVE = ("failed", "all", "never")
DJANGO = ("auto", "off")
GUARD = ("off", "on")
# So that it is a number in TOML, too; pytest knows the type since 8.4.
NUMBER: Any = "float" if pytest.version_tuple >= (8, 4) else "string"

MARKER = (
    "mailsink(timeout, auth, tls, tls_cert, tls_key, max_size, hide, unexpected, unused, django, trust, "
    "guard): how the fixture mailsink behaves in this test"
)


def add_options(parser: pytest.Parser) -> None:
    """Declare the ini settings and command-line options."""
    parser.addini(
        "mailsink_timeout",
        "mailsink: how many seconds expect() waits when a test does not say; "
        f"the environment's {SCALE} multiplies it",
        type=NUMBER,
        default=5.0,
    )
    parser.addini(
        "mailsink_settle",
        "mailsink: how many seconds expect() and expect_none() look again while somebody is still sending",
        type=NUMBER,
        default=0.25,
    )
    parser.addini(
        "mailsink_drain",
        "mailsink: how many seconds a test's end waits for mail that is being sent",
        type=NUMBER,
        default=0.5,
    )
    parser.addini(
        "mailsink_late",
        "mailsink: what mail that comes after its test is: warn, error or ignore",
        default="warn",
    )
    parser.addini(
        "mailsink_django", "mailsink: whether Django's mail goes to the fixture: auto or off", default="auto"
    )
    parser.addini(
        "mailsink_tls_cert",
        "mailsink: the PEM file of a certificate of your own, for the servers that speak TLS",
        default="",
    )
    parser.addini(
        "mailsink_tls_key",
        "mailsink: the PEM file of its key, where it is not in the same file",
        default="",
    )
    parser.addini(
        "mailsink_guard",
        "mailsink: whether a test fails that talks SMTP elsewhere: off or on",
        default="off",
    )
    parser.addini(
        "mailsink_save", "mailsink: whose mail is written to files: failed, all or never", default="never"
    )
    parser.addini(
        "mailsink_dir", "mailsink: where it is written, in a directory for each test", default=".mailsink"
    )
    group = parser.getgroup("mailsink", "mailsink: catch what code sends by SMTP")
    group.addoption(
        "--mailsink-save", choices=SAVE, help="Write the mail of failed tests, of all or of none to files."
    )
    group.addoption(
        "--mailsink-guard", choices=GUARD, help="Fail tests that talk SMTP to anything but the sink."
    )
    group.addoption(
        "--mailsink-url",
        metavar="URL",
        help=f"Use the running mailsink at this address, as {URL} in the environment does.",
    )
    group.addoption(
        "--mailsink-ui",
        action="store_true",
        help="Show the mail of failed tests in the browser inbox, which stays until Enter is pressed.",
    )
    group.addoption("--mailsink-dir", metavar="DIR", help="Where the mail is written. Default: .mailsink")


class Options:
    """The run's settings; *timeout*, *settle* and *drain* are in seconds."""

    def __init__(self, config: pytest.Config) -> None:
        scale = _positive(SCALE, os.environ.get(SCALE) or "1")
        self.timeout = _positive("mailsink_timeout", _number(config, "mailsink_timeout")) * scale
        self.settle = _positive("mailsink_settle", _number(config, "mailsink_settle"), least=0.0)
        self.drain = _positive("mailsink_drain", _number(config, "mailsink_drain"), least=0.0)
        self.late = _choice("mailsink_late", config.getini("mailsink_late"), LATE)
        self.django = _choice("mailsink_django", config.getini("mailsink_django"), DJANGO)
        self.tls_cert, self.tls_key = (_file(config, f"mailsink_{name}") for name in ("tls_cert", "tls_key"))
        if self.tls_key and not self.tls_cert:
            raise pytest.UsageError(
                f"mailsink_tls_key = {self.tls_key}: there is no certificate for it; set mailsink_tls_cert"
            )
        guard = config.getoption("--mailsink-guard") or config.getini("mailsink_guard")
        self.guard = _choice("mailsink_guard", guard, GUARD)
        self.url = config.getoption("--mailsink-url") or os.environ.get(URL) or ""
        self.ui = bool(config.getoption("--mailsink-ui"))
        if self.ui and (config.getoption("numprocesses", None) or hasattr(config, "workerinput")):
            raise pytest.UsageError("--mailsink-ui: shows the inbox of one process; run without -n")
        save = config.getoption("--mailsink-save") or config.getini("mailsink_save")
        self.save = _choice("mailsink_save", save, SAVE)
        directory = config.getoption("--mailsink-dir") or config.getini("mailsink_dir")
        self.directory = config.rootpath / directory
        # Directories in which a test's mail lies already.
        self.written: set[Path] = set()


def read_options(config: pytest.Config) -> Options:
    """The settings. Raises pytest.UsageError for a wrong one."""
    return Options(config)


def _number(config: pytest.Config, name: str) -> str:
    """What an ini setting of the type `NUMBER` says, whether it is a number or not."""
    try:
        value = config.getini(name)
    except (ValueError, pytest.UsageError) as error:
        # Python's own words, which pytest 9 takes for a UsageError; others of those name the setting.
        beginning, _, text = str(error).partition(": ")
        if beginning != "could not convert string to float":
            raise
        return text.strip("'\"")
    return f"{value:g}" if isinstance(value, float) else str(value)


def _positive(name: str, text: str, *, least: float | None = None) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1
    if least is not None and number == least:
        return number
    if not 0 < number < float("inf"):
        wanted = "greater than 0" if least is None else f"from {least:g} on"
        raise pytest.UsageError(f"{name} = {text}: must be a number {wanted}")
    return number


def _file(config: pytest.Config, name: str) -> str:
    """The path that an ini setting names, seen from the root directory; ``""`` where there is none."""
    text: str = config.getini(name)
    return str(config.rootpath / text) if text else ""


def _choice(name: str, text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        raise pytest.UsageError(f"{name} = {text}: must be one of {', '.join(known)}")
    return text


# The marker.


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _one_of(*known: str) -> Callable[[Any], bool]:
    return lambda value: value in known


_BOOL = (lambda value: isinstance(value, bool), "True or False")
_ERROR = (_one_of("error", "ignore"), '"error" or "ignore"')
# What a server is opened with, it judges by itself.
_BY_THE_SERVER = (lambda _: True, "")
# word -> whether a value is right, and what is
KNOWN: dict[str, tuple[Callable[[Any], bool], str]] = {
    "timeout": (_is_number, "a number of seconds above 0"),
    **dict.fromkeys(("auth", "tls", "tls_cert", "tls_key", "max_size", "hide"), _BY_THE_SERVER),
    "unexpected": _ERROR,
    "unused": _ERROR,
    "django": _BOOL,
    "trust": _BOOL,
    "guard": _BOOL,
}


def marked(node: pytest.Item) -> dict[str, Any]:
    """What the markers ``mailsink`` of a test say; the closest one wins. A wrong one fails it."""
    words: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers("mailsink"))):
        if mark.args:
            _refuse(f"@pytest.mark.mailsink({mark.args[0]!r})", "give everything by its name")
        words |= mark.kwargs
    for word, value in words.items():
        said = f"@pytest.mark.mailsink({word}={value!r})"
        if word not in KNOWN:
            _refuse(said, unknown(word, KNOWN))
        is_right, wanted = KNOWN[word]
        if not is_right(value):
            _refuse(said, f"must be {wanted}")
    return words


def unknown(word: str, known: Collection[str]) -> str:
    """That *word* is none of *known*, and which is nearest."""
    import difflib

    near = difflib.get_close_matches(word, known, 1)
    hint = f"did you mean {near[0]}? Known" if near else "known"
    return f"{word} is not known; {hint} are {', '.join(known)}"


def _refuse(said: str, why: str) -> None:
    pytest.fail(f"{said}: {why}", pytrace=False)

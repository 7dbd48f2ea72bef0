"""What a server run is set to: one frozen value out of flags, environment, file and defaults.

Flags beat the environment, that beats the file, that beats the default. Knows no command-line library.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ConfigError
from .sockets import Address

__all__ = ["OPTIONS", "Option", "Settings", "resolve"]

ENV_PREFIX = "MAILSINK_"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting. *name* is the TOML key; ``--name`` with hyphens the flag, ``MAILSINK_NAME`` the variable.

    *read* turns one text into a value and raises ValueError with what is allowed. *repeatable* options take
    several values: flags repeated, a TOML list, a variable with commas.
    """

    name: str
    metavar: str
    help: str
    default: str | tuple[str, ...] | None
    read: Callable[[str], Any]
    repeatable: bool = False

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        return ENV_PREFIX + self.name.upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A server run. Addresses are ``(host, port)``, 0 lets the system choose; sizes are in octets.

    *warnings* are sentences for the operator about what looks like a mistake.
    """

    smtp: tuple[Address, ...]
    http: Address
    store: str
    max_size: int
    hostname: str
    allow_host: tuple[str, ...]
    ready_file: Path | None
    warnings: tuple[str, ...] = ()


_ADDRESS = re.compile(r"(?:(?P<host>[^\[\]:]+|\[[^\[\]]+\]):)?(?P<port>\d{1,5})", re.ASCII)


def read_address(text: str) -> Address:
    """``[HOST:]PORT`` as ``(host, port)``; the host is 127.0.0.1 when left out, an IPv6 host is in brackets."""
    read = _ADDRESS.fullmatch(text)
    if read is None or int(read["port"]) > 65535:
        if text.startswith(":") and text.count(":") == 1:
            raise ValueError(f"an address is [HOST:]PORT; write 0.0.0.0{text} to listen on every interface")
        if text.count(":") > 1 and not text.strip("0123456789ABCDEFabcdef.:"):
            raise ValueError("an IPv6 address goes in brackets, such as [::1]:1025")
        raise ValueError("an address is [HOST:]PORT with a port from 0 to 65535")
    return ((read["host"] or LOOPBACK).strip("[]"), int(read["port"]))


_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def read_size(text: str) -> int:
    """Octets: ``10485760``, ``10M``, ``64k``; 0 is no limit."""
    number, unit = text.strip().lower().removesuffix("b").removesuffix("i"), ""
    if number[-1:] in "kmg":
        number, unit = number[:-1], number[-1:]
    if not number.isascii() or not number.isdigit() or len(number) > 15:
        raise ValueError("a size is a number of octets with k, M or G if wanted, such as 25M; 0 is no limit")
    return int(number) * _UNITS[unit]


def read_store(text: str) -> str:
    if not text:
        raise ValueError("a store is memory, or the path of a SQLite file")
    return text


def read_name(text: str) -> str:
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("a host name is printable ASCII without spaces")
    return text


def read_path(text: str) -> Path:
    if not text:
        raise ValueError("a file has a name")
    return Path(text)


def read_host(text: str) -> str:
    """A name for the Host allow-list; ``*`` allows any."""
    return text if text == "*" else read_name(text).lower()


OPTIONS: tuple[Option, ...] = (
    Option(
        name="smtp",
        metavar="[HOST:]PORT",
        help="Take mail here by SMTP.",
        default=("127.0.0.1:1025",),
        read=read_address,
        repeatable=True,
    ),
    Option(
        name="http",
        metavar="[HOST:]PORT",
        help="Serve the inbox page and the API here.",
        default="127.0.0.1:8025",
        read=read_address,
    ),
    Option(
        name="store",
        metavar="memory|FILE",
        help="Keep messages in memory, or in a SQLite file that outlives the process.",
        default="memory",
        read=read_store,
    ),
    Option(
        name="max_size",
        metavar="SIZE",
        help="Refuse larger messages; octets, or with k, M, G. 0 is no limit.",
        default="100M",
        read=read_size,
    ),
    Option(
        name="hostname",
        metavar="NAME",
        help="The name in the SMTP greeting.",
        default="mailsink",
        read=read_name,
    ),
    Option(
        name="allow_host",
        metavar="NAME",
        help="Answer HTTP requests for this host name too; * for any. Loopback names always work.",
        default=(),
        read=read_host,
        repeatable=True,
    ),
    Option(
        name="ready_file",
        metavar="FILE",
        help="Write where everything listens to this file, as JSON, once it does.",
        default=None,
        read=read_path,
    ),
)
CONFIG_VARIABLE = ENV_PREFIX + "CONFIG"
# Variables of the same prefix that the pytest plugin and clients read.
_FOREIGN = frozenset({"MAILSINK_URL", "MAILSINK_TIMEOUT_SCALE", CONFIG_VARIABLE})


def resolve(
    flags: Mapping[str, str | Sequence[str] | None],
    environ: Mapping[str, str],
    *,
    config: str | None = None,
) -> Settings:
    """Settings out of *flags* (by option name; ``None`` or ``()`` is not given), *environ* and the file *config*.

    An empty variable is not given either; an empty flag or key is a wrong value. The file is *config* or ``MAILSINK_CONFIG``; without either there is none. Raises ConfigError that names
    the flag, variable or key, the value, and what is allowed.
    """
    file = config or environ.get(CONFIG_VARIABLE)
    table = read_file(file) if file else {}
    values = {option.name: _value(option, flags, environ, table, file or "") for option in OPTIONS}
    return Settings(**values, warnings=_suspects(environ))


def read_file(file: str) -> dict[str, Any]:
    """The table of a TOML file; keys may use hyphens. Raises ConfigError for an unknown key, naming the nearest."""
    try:
        with Path(file).open("rb") as stream:
            table = tomllib.load(stream)
    except OSError as error:
        raise ConfigError(f"--config {file}: {error.strerror}; name a TOML file that can be read") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"--config {file}: not TOML: {error}") from None
    known = [option.name for option in OPTIONS]
    normal = {key.replace("-", "_"): value for key, value in table.items()}
    for key in normal:
        if key not in known:
            raise ConfigError(f"{file}: the key {key!r} is not known; {_nearest(key, known)}")
    return normal


def _nearest(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, 1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"


def _value(
    option: Option,
    flags: Mapping[str, str | Sequence[str] | None],
    environ: Mapping[str, str],
    table: Mapping[str, Any],
    file: str,
) -> Any:
    flag = flags.get(option.name)
    if flag is not None and flag != ():
        return _read(option, flag, option.flag, " ")
    if environ.get(option.variable):
        text = environ[option.variable]
        many = [word.strip() for word in text.split(",")] if option.repeatable else text
        return _read(option, many, option.variable, "=")
    if option.name in table:
        return _read(option, table[option.name], f"{file}: {option.name}", " = ")
    if option.default is None:
        return None
    return _read(option, option.default, option.flag, " ")


def _read(option: Option, given: Any, source: str, sign: str) -> Any:
    many = [given] if isinstance(given, (str, int)) else given
    if isinstance(given, bool) or not isinstance(many, (list, tuple)):
        raise ConfigError(f"{source}{sign}{given}: must be a text{' or a list' * option.repeatable}")
    if len(many) != 1 and not option.repeatable:
        raise ConfigError(f"{source}{sign}{given}: takes one value")
    read = []
    for text in many:
        try:
            read.append(option.read(str(text)))
        except ValueError as error:
            raise ConfigError(f"{source}{sign}{text}: {error}") from None
    return tuple(read) if option.repeatable else read[0]


def _suspects(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Variables that look like a misspelled one of ours."""
    known = [option.variable for option in OPTIONS]
    found = []
    for name in sorted(environ):
        if name.startswith(ENV_PREFIX) and name not in known and name not in _FOREIGN:
            near = difflib.get_close_matches(name, known, 1, 0.85)
            if near:
                found.append(f"the variable {name} is not known and was ignored; did you mean {near[0]}?")
    return tuple(found)

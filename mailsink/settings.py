"""What a server run is set to: one frozen value out of flags, environment, file and defaults.

Flags beat the environment, that beats the file, that beats the default. Knows no command-line library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

from .errors import ConfigError
from .options import ENV_PREFIX, OPTIONS, Option
from .passwords import Login
from .policy import RecipientRule
from .sockets import Address, format_address, is_loopback

__all__ = ["Settings", "resolve"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A server run; a field for each option, whose help tells what it means.

    Addresses are ``(host, port)``, 0 lets the system choose; sizes are in octets, times in seconds.
    *max_messages* and *max_bytes* are ``None`` where what the store does as a rule is wanted.
    *given* are the options that were set somewhere; *warnings* are sentences for the operator about what
    looks like a mistake.
    """

    smtp: tuple[Address, ...]
    smtps: tuple[Address, ...]
    lmtp: tuple[Address, ...]
    profile: tuple[tuple[str, Address], ...]
    provider: tuple[tuple[str, Address], ...]
    http: Address
    http_tls: bool
    http_tls_cert: str | None
    http_tls_key: str | None
    store: str
    max_messages: int | None
    max_bytes: int | None
    max_age: float
    starttls: bool
    require_tls: bool
    tls_cert: str | None
    tls_key: str | None
    tls_client_ca: str | None
    tls_name: tuple[str, ...]
    tls_min: str
    tls_max: str
    auth: tuple[tuple[str, str], ...]
    auth_any: bool
    auth_required: bool
    rcpt_accept: tuple[RecipientRule, ...]
    rcpt_reject: tuple[RecipientRule, ...]
    rcpt_discard: tuple[RecipientRule, ...]
    faults: tuple[str, ...]
    hide: tuple[str, ...]
    xclient: bool
    proxy: bool
    max_size: int
    max_recipients: int
    max_connections: int
    max_connections_per_peer: int
    idle_timeout: float
    max_session: float
    hostname: str
    allow_host: tuple[str, ...]
    base_path: str
    trust_proxy: tuple[IPv4Network | IPv6Network, ...]
    token: tuple[str, ...]
    read_token: tuple[str, ...]
    http_auth: tuple[tuple[Login, ...], ...]
    cors_origin: tuple[str, ...]
    webhook: tuple[str, ...]
    webhook_query: str | None
    webhook_secret: str | None
    webhook_format: str
    webhook_host: tuple[str, ...]
    ready_file: Path | None
    given: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


CONFIG_VARIABLE = ENV_PREFIX + "CONFIG"
# Variables of the same prefix that the pytest plugin, clients and every sink read.
_FOREIGN = frozenset(
    {"MAILSINK_LOOP", "MAILSINK_URL", "MAILSINK_TOKEN", "MAILSINK_TIMEOUT_SCALE", CONFIG_VARIABLE}
)

Flags = Mapping[str, str | bool | Sequence[str] | None]


def resolve(flags: Flags, environ: Mapping[str, str], *, config: str | None = None) -> Settings:
    """Settings out of *flags* by option name, *environ* and the file *config*.

    A flag that is ``None`` or ``()`` is not given. An empty variable is not given either; an empty flag or
    key is a wrong value. The file is *config* or ``MAILSINK_CONFIG``; without either there is none. Raises
    ConfigError that names the flag, variable or key, the value, and what is allowed.
    """
    file = config or environ.get(CONFIG_VARIABLE)
    table = read_file(file) if file else {}
    found = {option.name: _find(option, flags, environ, table, file or "") for option in OPTIONS}
    values = {option.name: _read_default(option) for option in OPTIONS}
    values.update({name: value[0] for name, value in found.items() if value is not None})
    given = frozenset(name for name, value in found.items() if value is not None)
    settings = Settings(**values, given=given, warnings=_suspects(environ))
    _check_together(settings)
    return replace(settings, warnings=(*settings.warnings, *_exposed(settings)))


def read_file(file: str) -> dict[str, Any]:
    """The table of a TOML file; keys may use hyphens.

    Raises ConfigError where it cannot be read, and for an unknown key, naming the nearest.
    """
    import tomllib

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
    import difflib

    near = difflib.get_close_matches(word, known, 1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"


def _find(
    option: Option, flags: Flags, environ: Mapping[str, str], table: Mapping[str, Any], file: str
) -> tuple[Any] | None:
    """The value of the strongest source that gives one, in a tuple."""
    flag = flags.get(option.name)
    if flag is not None and flag != ():
        return (_read(option, flag, option.flag, " "),)
    if environ.get(option.variable):
        text = environ[option.variable]
        many = [word.strip() for word in text.split(",")] if option.repeatable else text
        return (_read(option, many, option.variable, "="),)
    if option.name in table:
        return (_read(option, table[option.name], f"{file}: {option.name}", " = "),)
    return None


def _read_default(option: Option) -> Any:
    return None if option.default is None else _read(option, option.default, option.flag, " ")


def _read(option: Option, given: Any, source: str, sign: str) -> Any:
    if isinstance(given, bool):
        if not option.is_switch:
            raise ConfigError(f"{source}{sign}{given}: must be a text{' or a list' * option.repeatable}")
        return given
    many = [given] if isinstance(given, (str, int, float)) else given
    if not isinstance(many, (list, tuple)):
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


def _check_together(settings: Settings) -> None:
    """What each value allows and the whole does not."""
    if settings.tls_min > settings.tls_max:
        raise ConfigError(
            f"--tls-min {settings.tls_min}: greater than --tls-max {settings.tls_max}; choose a lower one"
        )
    if settings.tls_key and not settings.tls_cert:
        raise ConfigError(
            f"--tls-key {settings.tls_key}: there is no certificate for it; give --tls-cert too"
        )
    if settings.http_tls_key and not settings.http_tls_cert:
        raise ConfigError(
            f"--http-tls-key {settings.http_tls_key}: there is no certificate for it; "
            "give --http-tls-cert too"
        )
    if "*" in settings.cors_origin and not _asks(settings):
        raise ConfigError(
            "--cors-origin *: every page in the web could read the mail and delete it; name the origins, "
            "or give --token too"
        )
    for name, value in (("query", settings.webhook_query), ("secret", settings.webhook_secret)):
        if value and not settings.webhook:
            raise ConfigError(f"--webhook-{name}: there is no webhook that it is for; give --webhook URL too")
    if settings.auth_required and not settings.auth and not settings.auth_any:
        raise ConfigError("--auth-required: nobody can authenticate; give --auth USER:PASSWORD or --auth-any")


def _asks(settings: Settings) -> bool:
    """Whether something is asked of whoever comes by HTTP."""
    return bool(settings.token or settings.read_token or settings.http_auth)


def _exposed(settings: Settings) -> tuple[str, ...]:
    """What lies open to others than this machine."""
    host, port = settings.http
    if _asks(settings) or is_loopback(host):
        return ()
    sentence = (
        f"--http {format_address(host, port)}: whoever reaches this machine can read the mail and delete it; "
        "give --http-auth USER:PASSWORD or --token TOKEN"
    )
    return (sentence,)


def _suspects(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Variables that look like a misspelled one of ours."""
    known = [option.name.upper() for option in OPTIONS]
    found = []
    for name in sorted(environ):
        word = name.removeprefix(ENV_PREFIX)
        if word == name or word in known or name in _FOREIGN:
            continue
        import difflib

        near = difflib.get_close_matches(word, known, 1, 0.79) or [
            one for one in known if sorted(one) == sorted(word)
        ]
        if near:
            meant = ENV_PREFIX + near[0]
            found.append(f"the variable {name} is not known and was ignored; did you mean {meant}?")
    return tuple(found)

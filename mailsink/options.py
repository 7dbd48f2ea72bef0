"""The settings of a server run, one by one: names, meanings, defaults, and how each text is read.

Knows no source of values: see `mailsink.settings`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .passwords import read_logins
from .policy import EXTENSIONS, RecipientRule, read_recipient_rule
from .sockets import Address

__all__ = [
    "BASE_PATH",
    "ENV_PREFIX",
    "LOOPBACK",
    "OPTIONS",
    "PROFILES",
    "Option",
    "read_address",
    "read_user",
]

ENV_PREFIX = "MAILSINK_"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One setting. *name* is the TOML key; ``--name`` with hyphens the flag, ``MAILSINK_NAME`` the variable.

    *read* turns one text into a value and raises ValueError with what is allowed. *repeatable* options take
    several values: flags repeated, a TOML list, a variable with commas. An option without a *metavar* is a
    switch: the flag alone turns it on, elsewhere it is true or false.
    """

    name: str
    help: str
    metavar: str = ""
    default: str | tuple[str, ...] | None = None
    read: Callable[[str], Any]
    repeatable: bool = False

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        return ENV_PREFIX + self.name.upper()

    @property
    def is_switch(self) -> bool:
        return not self.metavar


_ADDRESS = re.compile(r"(?:(?P<host>[^\[\]:]+|\[[^\[\]]+\]):)?(?P<port>\d{1,5})", re.ASCII)


def read_address(text: str) -> Address:
    """``[HOST:]PORT`` as ``(host, port)``: 127.0.0.1 when left out, an IPv6 host in brackets."""
    read = _ADDRESS.fullmatch(text)
    if read is None or int(read["port"]) > 65535:
        if text.startswith(":") and text.count(":") == 1:
            raise ValueError(f"an address is [HOST:]PORT; write 0.0.0.0{text} to listen on every interface")
        if text.count(":") > 1 and not text.strip("0123456789ABCDEFabcdef.:"):
            raise ValueError("an IPv6 address goes in brackets, such as [::1]:1025")
        raise ValueError("an address is [HOST:]PORT with a port from 0 to 65535")
    return ((read["host"] or LOOPBACK).strip("[]"), int(read["port"]))


def read_endpoint(text: str) -> Address:
    """An address, or ``unix:PATH`` as ``("unix:PATH", 0)``."""
    if text.startswith("unix:"):
        if len(text) == len("unix:"):
            raise ValueError("a UNIX socket is unix: and the path of a file")
        return (text, 0)
    return read_address(text)


# The usual roles of ports, on ports that need no privilege: name -> (address, TLS).
PROFILES = {
    "submission": ("127.0.0.1:1587", "starttls"),
    "smtps": ("127.0.0.1:1465", "implicit"),
    "relay": ("127.0.0.1:1025", "starttls"),
}


def read_profile(text: str) -> tuple[str, Address]:
    """``NAME`` or ``NAME=[HOST:]PORT``."""
    name, sign, address = text.partition("=")
    if name not in PROFILES:
        raise ValueError(f"a profile is {', '.join(PROFILES)}, with =[HOST:]PORT for another address")
    return (name, read_endpoint(address if sign else PROFILES[name][0]))


def read_provider(text: str) -> tuple[str, Address]:
    """``NAME`` or ``NAME=[HOST:]PORT``."""
    from .providers import PROVIDERS

    name, sign, address = text.partition("=")
    if name not in PROVIDERS:
        raise ValueError(f"a provider is {', '.join(PROVIDERS)}, with =[HOST:]PORT for another address")
    return (name, read_endpoint(address) if sign else (LOOPBACK, PROVIDERS[name].port))


_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def read_size(text: str) -> int:
    """Octets: ``10485760``, ``10M``, ``64k``; 0 is no limit."""
    number, unit = text.strip().lower().removesuffix("b").removesuffix("i"), ""
    if number[-1:] in "kmg":
        number, unit = number[:-1], number[-1:]
    if not number.isascii() or not number.isdigit() or len(number) > 15:
        raise ValueError("a size is a number of octets with k, M or G if wanted, such as 25M; 0 is no limit")
    return int(number) * _UNITS[unit]


def read_count(text: str) -> int:
    """A number from 0 on; 0 is no limit."""
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise ValueError("a whole number is wanted; 0 is no limit")
    return int(text)


def read_seconds(text: str) -> float:
    """Seconds, 0 is no limit; ``5m`` and ``1h`` too."""
    read = re.fullmatch(r"(\d{1,9}(?:\.\d{1,3})?)(s|m|h|)", text.strip(), re.ASCII)
    if read is None:
        raise ValueError("a time is a number of seconds, or with s, m or h, such as 5m; 0 is no limit")
    return float(read[1]) * {"m": 60, "h": 3600}.get(read[2], 1)


_AGES = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def read_age(text: str) -> float:
    """Seconds out of ``30m``, ``12h``, ``3d`` or ``2w``; 0 is no limit."""
    read = re.fullmatch(r"(\d{1,9})([smhdw])|0", text.strip(), re.ASCII)
    if read is None:
        raise ValueError("an age is a number with s, m, h, d or w, such as 12h or 3d; 0 is no limit")
    return float(read[1]) * _AGES[read[2]] if read[1] else 0.0


def read_store(text: str) -> str:
    if not text:
        raise ValueError("a store is memory, or the path of a SQLite file")
    return text


def read_name(text: str) -> str:
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("a host name is printable ASCII without spaces")
    return text


def read_file_name(text: str) -> str:
    if not text:
        raise ValueError("a file has a name")
    return text


def read_path(text: str) -> Path:
    return Path(read_file_name(text))


def read_host(text: str) -> str:
    """A name for the Host allow-list; ``*`` allows any."""
    return text if text == "*" else read_name(text).lower()


# A path at which others may lie beside us; ``""`` is the root.
BASE_PATH = r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*"


def read_base_path(text: str) -> str:
    """``/mail``, without a slash at its end; the root is ``""``."""
    path = text.rstrip("/")
    if not re.fullmatch(BASE_PATH, path):
        raise ValueError("a base path begins with / and has letters, digits and . _ ~ - such as /mail")
    return path


def read_network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """An address, or a network such as ``10.0.0.0/8``."""
    try:
        return ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        raise ValueError("a proxy is an address or a network, such as 127.0.0.1 or 172.16.0.0/12") from None


def read_token(text: str) -> str:
    """A secret that fits into a header field (RFC 6750 §2.1) and is not guessed at once."""
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]{8,200}=*", text):
        raise ValueError(
            "a token is 8 to 200 letters, digits and . _ ~ + / - such as openssl rand -hex 16 makes"
        )
    return text


def read_origin(text: str) -> str:
    """A web origin, ``scheme://host[:port]`` in lower case, or ``*``."""
    if text != "*" and not re.fullmatch(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?", text.lower()):
        raise ValueError("an origin is http:// or https:// and a host, with :PORT if it has one, and no path")
    return text.lower()


def read_user(text: str) -> tuple[str, str]:
    """``USER:PASSWORD``; the password may hold colons."""
    user, colon, password = text.partition(":")
    if not colon or not user:
        raise ValueError("credentials are USER:PASSWORD")
    return (user, password)


def read_version(text: str) -> str:
    """A TLS version: ``1.2``."""
    if text not in ("1.0", "1.1", "1.2", "1.3"):
        raise ValueError("a TLS version is 1.0, 1.1, 1.2 or 1.3")
    return text


def read_extension(text: str) -> str:
    if text.upper() not in EXTENSIONS:
        raise ValueError(f"an extension is one of {', '.join(EXTENSIONS)}")
    return text.upper()


def read_switch(text: str) -> bool:
    """``true``, ``yes``, ``on``, ``1``, or the opposite."""
    known = {
        "true": True,
        "yes": True,
        "on": True,
        "1": True,
        "false": False,
        "no": False,
        "off": False,
        "0": False,
    }
    if text.lower() not in known:
        raise ValueError("a switch is true or false")
    return known[text.lower()]


def read_webhook(text: str) -> str:
    """An address that a webhook may have."""
    from .webhooks.hook import check_url

    return check_url(text)


def read_query(text: str) -> str:
    """A search of the search box's language; what is wrong in it is found where it is used."""
    if not text.strip():
        raise ValueError("a search is a text such as subject:welcome")
    return text


def read_secret(text: str) -> str:
    """A secret that signs: any text, or whsec_ and Base64."""
    from .webhooks.signature import key_of

    if not text:
        raise ValueError("a secret is a text, such as openssl rand -hex 16 makes")
    key_of(text)
    return text


def read_format(text: str) -> str:
    if text not in ("mailsink", "mailpit"):
        raise ValueError("a format is mailsink or mailpit")
    return text


def _rule(action: str) -> Callable[[str], RecipientRule]:
    return lambda text: read_recipient_rule(text, action)


def _several(name: str, metavar: str, read: Callable[[str], Any], help_: str, *default: str) -> Option:
    return Option(name=name, metavar=metavar, help=help_, default=default, read=read, repeatable=True)


def _one(
    name: str, metavar: str, read: Callable[[str], Any], help_: str, default: str | None = None
) -> Option:
    return Option(name=name, metavar=metavar, help=help_, default=default, read=read)


def _switch(name: str, help_: str) -> Option:
    return Option(name=name, help=help_, default="false", read=read_switch)


OPTIONS: tuple[Option, ...] = (
    _several(
        "smtp", "[HOST:]PORT", read_endpoint, "Take mail here by SMTP; or at unix:FILE.", "127.0.0.1:1025"
    ),
    _several("smtps", "[HOST:]PORT", read_endpoint, "Take mail here by SMTP under TLS from the first octet."),
    _several("lmtp", "[HOST:]PORT", read_endpoint, "Take mail here by LMTP; or at unix:FILE."),
    _several(
        "profile",
        "NAME[=[HOST:]PORT]",
        read_profile,
        "Listen as submission (STARTTLS before AUTH and MAIL), smtps (TLS from the start) or relay (STARTTLS "
        "offered, no AUTH needed). It replaces the default of --smtp.",
    ),
    _several(
        "provider",
        "NAME[=[HOST:]PORT]",
        read_provider,
        "Listen as gmail, microsoft365, ses or gateway: their extensions, limits, TLS and AUTH, and their "
        "refusals as fault rules that are off. It replaces the default of --smtp.",
    ),
    _one("http", "[HOST:]PORT", read_address, "Serve the inbox page and the API here.", "127.0.0.1:8025"),
    _switch(
        "http_tls",
        "Serve them by HTTPS, with the certificate of --tls-cert, or one of the test CA.",
    ),
    _one(
        "http_tls_cert",
        "FILE",
        read_file_name,
        "A certificate chain for HTTPS alone, PEM; it switches HTTPS on.",
    ),
    _one("http_tls_key", "FILE", read_file_name, "Its private key, PEM, if it is not in the same file."),
    _one(
        "store",
        "memory|FILE",
        read_store,
        "Keep messages in memory, or in a SQLite file that outlives the process.",
        "memory",
    ),
    _one(
        "max_messages",
        "N",
        read_count,
        "Keep the newest N messages, and delete older ones. 0 is no limit. In memory it is 10000 as a rule.",
    ),
    _one(
        "max_bytes",
        "SIZE",
        read_size,
        "Keep so many octets of messages, and delete the oldest beyond them; with k, M, G if wanted. 0 is no "
        "limit. In memory it is 1G as a rule.",
    ),
    _one(
        "max_age",
        "TIME",
        read_age,
        "Delete messages that are older, such as 12h or 3d. 0 is no limit.",
        "0",
    ),
    _switch("starttls", "Offer STARTTLS at --smtp."),
    _switch("require_tls", "Refuse MAIL and AUTH at --smtp before STARTTLS."),
    _one(
        "tls_cert",
        "FILE",
        read_file_name,
        "The server's certificate chain, PEM. Without it a test CA is made.",
    ),
    _one(
        "tls_key",
        "FILE",
        read_file_name,
        "The certificate's private key, PEM, if it is not in the same file.",
    ),
    _one("tls_client_ca", "FILE", read_file_name, "Check client certificates against this PEM file."),
    _several("tls_name", "NAME", read_name, "One more name or address in the test certificate."),
    _one("tls_min", "VERSION", read_version, "The lowest TLS version.", "1.2"),
    _one("tls_max", "VERSION", read_version, "The highest TLS version.", "1.3"),
    _several("auth", "USER:PASSWORD", read_user, "Let this user authenticate."),
    _switch("auth_any", "Let every user authenticate with every password."),
    _switch("auth_required", "Refuse MAIL before AUTH."),
    _several(
        "rcpt_accept",
        "PATTERN",
        _rule("accept"),
        "Accept recipients like *@shop.example, and then no others.",
    ),
    _several(
        "rcpt_reject",
        "PATTERN[=REPLY]",
        _rule("reject"),
        "Refuse recipients like full@*, with 550 5.1.1 or the reply given, such as 552 or 450 4.2.0 Later.",
    ),
    _several(
        "rcpt_discard",
        "PATTERN",
        _rule("discard"),
        "Answer these recipients as if accepted, and keep nothing.",
    ),
    _several("faults", "FILE", read_file_name, "Read fault rules from this TOML or YAML file."),
    _several("hide", "EXTENSION", read_extension, "Do not offer this extension, such as SMTPUTF8."),
    _switch("xclient", "Offer XCLIENT, and trust what a client says by it."),
    _switch("proxy", "Expect a PROXY protocol header at the beginning of each connection."),
    _one(
        "max_size",
        "SIZE",
        read_size,
        "Refuse larger messages; octets, or with k, M, G. 0 is no limit.",
        "100M",
    ),
    _one("max_recipients", "N", read_count, "Refuse more recipients of one message. 0 is no limit.", "10000"),
    _one("max_connections", "N", read_count, "Refuse more connections at once. 0 is no limit.", "10000"),
    _one(
        "max_connections_per_peer", "N", read_count, "The same for each client address. 0 is no limit.", "0"
    ),
    _one(
        "idle_timeout", "SECONDS", read_seconds, "End a session that is silent so long. 0 is no limit.", "300"
    ),
    _one("max_session", "SECONDS", read_seconds, "End a session that is older. 0 is no limit.", "0"),
    _one("hostname", "NAME", read_name, "The name in the SMTP greeting.", "mailsink"),
    _several(
        "allow_host",
        "NAME",
        read_host,
        "Answer HTTP requests for this host name too; * for any. Loopback names always work.",
    ),
    _one(
        "base_path",
        "PATH",
        read_base_path,
        "Lie below this path, such as /mail, behind a proxy that has other things beside it.",
        "",
    ),
    _several(
        "trust_proxy",
        "ADDRESS",
        read_network,
        "Believe what the proxy at this address, or network, says in X-Forwarded-For, -Proto, -Host, -Prefix "
        "or Forwarded.",
    ),
    _several(
        "token",
        "TOKEN",
        read_token,
        "Answer HTTP requests only with this token, as a bearer's or as the password of any user.",
    ),
    _several("read_token", "TOKEN", read_token, "The same, but this token may only read."),
    _several(
        "http_auth",
        "USER:PASSWORD|@FILE",
        read_logins,
        "Answer HTTP requests only with this user and password; or with one of a file, whose lines "
        "`mailsink password USER` makes.",
    ),
    _several(
        "cors_origin",
        "ORIGIN",
        read_origin,
        "Let pages of this origin, such as https://app.example.org, use the API; * for any, with a token.",
    ),
    _several(
        "webhook",
        "URL",
        read_webhook,
        "Tell this address of every message that is captured, by POST.",
    ),
    _one("webhook_query", "QUERY", read_query, "Tell --webhook only of what this search finds."),
    _one("webhook_secret", "SECRET", read_secret, "Sign what --webhook is told."),
    _one(
        "webhook_format",
        "mailsink|mailpit",
        read_format,
        "What --webhook is told: the whole message, or what Mailpit tells.",
        "mailsink",
    ),
    _several(
        "webhook_host",
        "HOST",
        read_host,
        "Let webhooks that are added over HTTP go to this host too; * for any. Loopback names always work.",
    ),
    _one(
        "ready_file",
        "FILE",
        read_path,
        "Write where everything listens to this file, as JSON, once it does.",
    ),
)

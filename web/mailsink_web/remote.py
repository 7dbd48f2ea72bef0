"""Which other servers an HTML body would make a mail reader contact.

Reads HTML the way a reader would load it and contacts nobody. Never raises.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from mailsink.markup import Raw, Tag, scan

__all__ = ["RemoteHost", "remote_hosts"]

# Characters that are read; what tracks people stands near the beginning or the end of a mail of any size.
MAX_HTML = 2_000_000

_SOURCES = {
    ("img", "src"): "image",
    ("input", "src"): "image",
    ("image", "href"): "image",
    ("image", "xlink:href"): "image",
    ("use", "href"): "image",
    ("video", "poster"): "image",
    ("video", "src"): "media file",
    ("audio", "src"): "media file",
    ("source", "src"): "media file",
    ("track", "src"): "media file",
    ("bgsound", "src"): "media file",
    ("iframe", "src"): "frame",
    ("frame", "src"): "frame",
    ("embed", "src"): "object",
    ("object", "data"): "object",
    ("script", "src"): "script",
}
_LINKS = {
    "stylesheet": "style sheet",
    "icon": "image",
    "preload": "file",
    "prefetch": "file",
    "import": "file",
}
_IMPORT = re.compile(r"@import\s+(?:url\(\s*)?[\"']?([^\"')\s;]{1,2000})", re.IGNORECASE)
_URL = re.compile(r"url\(\s*[\"']?([^\"')\s]{1,2000})", re.IGNORECASE)
_FONT = re.compile(r"\.(?:woff2?|ttf|otf|eot)\b", re.IGNORECASE)
_TINY = re.compile(
    r"(?:^|;)\s*+(?:width|height)\s*+:\s*+[01](?:px)?\s*+(?:!important)?\s*+(?=;|$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteHost:
    """One server: how many things of which kind (``"2 images"``) it would be asked for.

    *tracks* is true when one of them is an image of at most one pixel.
    """

    host: str
    things: tuple[str, ...]
    tracks: bool


def remote_hosts(html: str) -> tuple[RemoteHost, ...]:
    """The servers that showing *html* would contact, in the order of their first mention.

    Each thing counts once, however often it is shown. Links do not count: nobody follows them unasked.
    """
    found: dict[str, set[tuple[str, str]]] = {}
    tracking: set[str] = set()
    for kind, url, is_pixel in _loaded(html[:MAX_HTML]):
        if host := _host_of(url):
            found.setdefault(host, set()).add((kind, url))
            if is_pixel:
                tracking.add(host)
    return tuple(_host(host, things, tracks=host in tracking) for host, things in found.items())


def _loaded(html: str) -> Iterator[tuple[str, str, bool]]:
    """What showing *html* loads: its kind, its address, and whether it is an image of at most one pixel."""
    for token in scan(html):
        if isinstance(token, Raw):
            if token.name == "style":
                yield from ((kind, url, False) for kind, url in _css(token.text))
        elif isinstance(token, Tag) and not token.is_end:
            for name, value in token.attributes.items():
                shown = token.name == "img" and name == "src"
                for kind, url in _loads(token.name, name, value, token.attributes):
                    yield kind, url, shown and _is_pixel(token.attributes)


def _host(host: str, found: set[tuple[str, str]], *, tracks: bool) -> RemoteHost:
    kinds = Counter(kind for kind, _ in sorted(found))
    things = tuple(f"{count} {kind if count == 1 else kind + 's'}" for kind, count in kinds.items())
    return RemoteHost(host=host, things=things, tracks=tracks)


def _loads(tag: str, name: str, value: str, values: dict[str, str]) -> Iterator[tuple[str, str]]:
    if (tag, name) in _SOURCES:
        yield _SOURCES[tag, name], value
    elif name == "background":
        yield "image", value
    elif name == "srcset":
        for candidate in value.split(","):
            yield "image", candidate.split()[0] if candidate.split() else ""
    elif name == "style":
        yield from _css(value)
    elif tag == "link" and name == "href":
        for word in values.get("rel", "").lower().split():
            if word in _LINKS:
                yield _LINKS[word], value


def _css(text: str) -> Iterator[tuple[str, str]]:
    imported = [match[1] for match in _IMPORT.finditer(text)]
    yield from (("style sheet", url) for url in imported)
    for match in _URL.finditer(text):
        if match[1] not in imported:
            yield ("font" if _FONT.search(match[1]) else "image"), match[1]


def _is_pixel(values: dict[str, str]) -> bool:
    sizes = [values.get(name, "").strip().removesuffix("px") for name in ("width", "height")]
    return all(size in ("0", "1") for size in sizes) or len(_TINY.findall(values.get("style", ""))) > 1


def _host_of(url: str) -> str:
    """The host that *url* is loaded from; ``""`` where it is not on another server."""
    try:
        parts = urlsplit(url.strip())
        return (parts.hostname or "") if parts.scheme.lower() in ("http", "https", "") else ""
    except ValueError:
        return ""

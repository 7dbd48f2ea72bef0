"""A mail as a page that a browser shows from a file, in which nothing of the mail can run or load.

What the mail's HTML holds stands in a frame without scripts and without an origin, under a policy that lets
it load nothing but what is in it already. The links are listed beside it, to be followed by choice.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..display import safe
from ..markup import without_frames

if TYPE_CHECKING:
    from ..message import Message

__all__ = ["PAGE_HEAD", "page"]

# What a stranger wrote may neither run nor load anything where it is looked at.
PAGE_HEAD = (
    "<!doctype html><meta charset=utf-8>"
    "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; img-src data:; font-src data:; "
    "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'\">"
    "<meta name=referrer content=no-referrer>"
    "<style>body{font:1rem/1.5 system-ui,sans-serif;margin:1.5rem}"
    "iframe{width:100%;height:70vh;border:1px solid}"
    "dt{font-weight:600}dl{display:grid;grid-template-columns:max-content 1fr;gap:0 1rem}dd{margin:0}"
    "pre{white-space:pre-wrap}</style>\n"
)
_FIELDS = ("From", "To", "Cc", "Reply-To", "Subject", "Date")
_CID = re.compile(r"""(?<=["'=(\s,])cid:([^\s"'<>()]{1,998})""", re.IGNORECASE)
_IMAGE = re.compile(r"image/[a-z0-9][a-z0-9.+-]{0,60}")
# Octets of pictures put into a page: a hostile mail shows a large one ten thousand times.
_MAX_PICTURES = 20_000_000


def page(message: Message) -> str:
    """The envelope, the usual header fields, the bodies and the links of *message* as one HTML document."""
    envelope = message.envelope
    rows = [
        ("MAIL", envelope.reverse_path or "<>"),
        *(("RCPT", path) for path in envelope.forward_paths),
        *((name, value) for name in _FIELDS if (value := message.header(name))),
        *(("File", part.filename or part.content_type) for part in message.attachments),
    ]
    title = html.escape(safe(message.subject or "Mail without a subject"))
    terms = "".join(f"<dt>{name}<dd>{html.escape(safe(value))}\n" for name, value in rows)
    parts = [PAGE_HEAD, f"<title>{title}</title>\n<h1>{title}</h1>\n<dl>\n{terms}</dl>\n", *_bodies(message)]
    return "".join(parts)


def _bodies(message: Message) -> Iterator[str]:
    if message.html:
        document = html.escape(PAGE_HEAD + without_frames(_with_pictures(message)))
        yield f'<h2>HTML</h2>\n<iframe sandbox title="The HTML body" srcdoc="{document}"></iframe>\n'
    if message.text:
        yield f"<h2>Text</h2>\n<pre>{html.escape(message.text)}</pre>\n"
    # Only what a browser opens as a page: a link may be anything, javascript: too.
    links = [link.url for link in message.links if link.url.lower().startswith(("http://", "https://"))]
    if links:
        yield "<h2>Links</h2>\n<ul>\n"
        for url in links:
            target, shown = html.escape(url), html.escape(safe(url))
            yield f'<li><a href="{target}" rel="noreferrer noopener" target=_blank>{shown}</a>\n'
        yield "</ul>\n"


def _with_pictures(message: Message) -> str:
    """The HTML with what it shows of its own parts (``cid:``, RFC 2392) put into it."""
    if "cid:" not in message.html.lower():
        return message.html
    pictures = {
        part.content_id: part
        for part in reversed(message.parsed.parts)
        if part.content_id and _IMAGE.fullmatch(part.content_type)
    }
    left = _MAX_PICTURES

    def show(found: re.Match[str]) -> str:
        nonlocal left
        part = pictures.get(found[1])
        if part is None:
            return found[0]
        octets = part.content()
        left -= len(octets)
        if left < 0:
            return found[0]
        return f"data:{part.content_type};base64,{base64.b64encode(octets).decode()}"

    return _CID.sub(show, message.html)

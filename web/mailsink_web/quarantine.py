"""The one way for HTML out of a mail to reach a browser: as it was sent, under a policy that disarms it.

Nothing is sanitised and nothing needs to be: the document gets a sandbox without scripts and without an
origin, and a policy that lets it load nothing but data that is already in it. Only frames are taken out,
since a browser connects to their servers all the same. What a mail shows of its own parts (``cid:``,
RFC 2392) is put into it as ``data:``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from flask import Response

from mailsink.markup import without_frames

if TYPE_CHECKING:
    from mailsink.message import Message
    from mailsink.mime import Part

__all__ = ["BLOCKED_POLICY", "REMOTE_POLICY", "html_response"]

_SANDBOX = (
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
BLOCKED_POLICY = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; {_SANDBOX}"
REMOTE_POLICY = (
    "default-src 'none'; img-src data: http: https:; style-src 'unsafe-inline' http: https:; "
    f"font-src data: http: https:; media-src http: https:; {_SANDBOX}"
)

# Octets of inline parts put into one document. A hostile mail shows one large image ten thousand times.
MAX_INLINE = 20_000_000

_IMAGE = re.compile(r"image/[a-z0-9][a-z0-9.+-]{0,60}")
_CID = re.compile(r"(?<=[\"'=(\s,])cid:([^\s\"'<>()]{1,998})", re.IGNORECASE)
# Possessive throughout: a mail of ten thousand comment openers must not cost more than one pass.
_DOCTYPE = re.compile(r"\s*+(?:(?><!--.*?-->)\s*+)*+<!doctype[^>]*+>", re.IGNORECASE | re.DOTALL)
_BASE = '<base target="_blank">'


def html_response(
    message: Message, *, html: str | None = None, remote: bool = False, new_tab: bool = True
) -> Response:
    """The HTML body of *message*, or another *html* out of it, as a document that can do nothing.

    With *remote* it may load images, styles, fonts and media from other servers, without a referrer.
    With *new_tab* links open in a new tab that knows nothing of this one; else as the mail says.
    """
    document = without_frames(_with_inline_parts(message, message.html if html is None else html))
    if new_tab:
        document = _opening_elsewhere(document)
    response = Response(document.encode("utf-8", "replace"), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = REMOTE_POLICY if remote else BLOCKED_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-DNS-Prefetch-Control"] = "off"
    return response


def _opening_elsewhere(html: str) -> str:
    # Behind the doctype, so that the document does not fall into quirks mode.
    match = _DOCTYPE.match(html)
    end = match.end() if match else 0
    return html[:end] + _BASE + html[end:]


def _with_inline_parts(message: Message, html: str) -> str:
    if "cid:" not in html.lower():
        return html
    return _CID.sub(_replacement(message.parsed.parts), html)


def _replacement(parts: tuple[Part, ...]) -> Callable[[re.Match[str]], str]:
    images = {
        _bare(part.content_id): part
        for part in reversed(parts)
        if part.content_id and _IMAGE.fullmatch(part.content_type.lower())
    }
    made: dict[str, str] = {}
    left = MAX_INLINE

    def replace(match: re.Match[str]) -> str:
        nonlocal left
        name = _bare(unquote(match[1]))
        part = images.get(name)
        if part is None:
            return match[0]
        if name not in made:
            octets = base64.b64encode(part.content()).decode("ascii")
            made[name] = f"data:{part.content_type.lower()};base64,{octets}"
        left -= len(made[name])
        return made[name] if left >= 0 else match[0]

    return replace


def _bare(content_id: str) -> str:
    return content_id.strip().removeprefix("<").removesuffix(">")

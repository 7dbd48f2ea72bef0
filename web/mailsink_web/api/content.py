"""What a message holds, over the API: its octets, its bodies, its parts. All of it is hostile."""

from __future__ import annotations

import mimetypes
import re
from typing import Annotated
from urllib.parse import quote

import msgspec
from flask import Response, request

from mailsink.message import Message
from mailsink.mime import Part

from ..attached import attached_message
from ..security import UNTRUSTED_POLICY
from .operation import Operations
from .problem import RefusedError
from .scope import Scope, find

__all__ = ["disposition", "eml", "operations", "type_of", "untrusted", "untrusted_part"]

operations = Operations("Messages")

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_CHARSET = re.compile(r"[A-Za-z0-9._:-]{1,40}")
# What a browser only draws or plays. SVG is not among them: it is a document with scripts.
_INLINE = re.compile(r"image/(png|jpeg|gif|webp|avif|bmp|x-icon)|audio/.*|video/.*|application/pdf")
_EXTENSIONS = mimetypes.MimeTypes()  # without the system's tables, which differ from machine to machine

NOT_FOUND = {404: "No message has that id, or it has nothing of the kind."}


class PartQuery(Scope, frozen=True, kw_only=True):
    """Which part, and how to send it."""

    attached: Annotated[
        str,
        msgspec.Meta(
            max_length=1_000,
            description="Look in the message attached as that part; 2/1 is the first part of the second.",
        ),
    ] = ""
    inline: Annotated[
        bool, msgspec.Meta(description="Let a browser show it, if it is an image, audio, video or PDF.")
    ] = False


class HtmlQuery(Scope, frozen=True, kw_only=True):
    """How to send the HTML body."""

    remote: Annotated[
        bool, msgspec.Meta(description="Let it load images from other servers, which tells them of it.")
    ] = False


@operations.add(
    "GET", "/messages/{id}/content", query=Scope, media="message/rfc822", tagged=True, errors=NOT_FOUND
)
def get_content(id: str, query: Scope) -> Response:  # noqa: A002 - the address names it so
    """Read the content, octet for octet as it was sent."""
    message = find(id, query)
    return _tagged(eml(message), message.id)


@operations.add(
    "GET", "/messages/{id}/html", query=HtmlQuery, media="text/html", tagged=True, errors=NOT_FOUND
)
def get_html(id: str, query: HtmlQuery) -> Response:  # noqa: A002
    """Read the HTML body, as it was sent, under a policy that lets nothing in it run or load."""
    from .. import quarantine

    message = find(id, query)
    if not message.html:
        raise RefusedError(404, f"The message {message.id} has no HTML body.")
    return _tagged(
        quarantine.html_response(message, remote=query.remote),
        f"{message.id}-{'remote' if query.remote else 'html'}",
    )


@operations.add("GET", "/messages/{id}/text", query=Scope, media="text/plain", tagged=True, errors=NOT_FOUND)
def get_text(id: str, query: Scope) -> Response:  # noqa: A002
    """Read the text body, decoded, as UTF-8."""
    message = find(id, query)
    if not message.text:
        raise RefusedError(404, f"The message {message.id} has no text body.")
    return _tagged(untrusted(message.text.encode(), "text/plain; charset=utf-8"), f"{message.id}-text")


@operations.add(
    "GET",
    "/messages/{id}/parts/{number}",
    query=PartQuery,
    media="*/*",
    tagged=True,
    errors=NOT_FOUND,
)
def get_part(id: str, number: str, query: PartQuery) -> Response:  # noqa: A002
    """Read a part's octets, decoded from its transfer encoding; the type is the part's own.

    It comes as a file to be saved, unless inline is asked for and the type allows it.
    """
    outer = find(id, query)
    message = attached_message(outer, query.attached)
    if message is None:
        raise RefusedError(
            404,
            f"The message {outer.id} has no message attached as {query.attached[:80]!r}.",
            field="attached",
        )
    part = message.parsed.part(number)
    if part is None:
        numbers = tuple(p.number for p in message.parsed.parts[:50])
        raise RefusedError(
            404, f"The message {message.id} has no part {number[:80]!r}.", field="number", allowed=numbers
        )
    kind = type_of(part)
    response = untrusted_part(part)
    inline = query.inline and _INLINE.fullmatch(kind) is not None
    response.headers["Content-Disposition"] = disposition(_filename(part, kind), inline=inline)
    return _tagged(
        response, "-".join(filter(None, (message.id, query.attached.replace("/", "-"), part.number)))
    )


def untrusted(octets: bytes, content_type: str) -> Response:
    """Octets that a client sent, under a policy that lets a browser do nothing with them but show them."""
    response = Response(octets, content_type=content_type)
    response.headers["Content-Security-Policy"] = UNTRUSTED_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def untrusted_part(part: Part) -> Response:
    """The octets of *part*, decoded, under the same policy; the type is its own."""
    return untrusted(part.content(), _with_charset(type_of(part), part.charset))


def eml(message: Message) -> Response:
    """The content of *message* as a file to be saved, octet for octet."""
    response = untrusted(message.content, "message/rfc822")
    response.headers["Content-Disposition"] = disposition(f"{message.id}.eml")
    return response


def _tagged(response: Response, tag: str) -> Response:
    response.set_etag(tag)
    response.make_conditional(request)
    return response


def type_of(part: Part) -> str:
    """The part's own type where it has the shape of one; else that of any octets."""
    kind = part.content_type.lower()
    return kind if _MEDIA_TYPE.fullmatch(kind) else "application/octet-stream"


def _with_charset(kind: str, charset: str) -> str:
    """The media type *kind*, with its charset if it is a text's."""
    known = kind.startswith("text/") and _CHARSET.fullmatch(charset)
    return f"{kind}; charset={charset}" if known else kind


def _filename(part: Part, kind: str) -> str:
    return part.filename or f"part-{part.number}{_EXTENSIONS.guess_extension(kind) or ''}"


def disposition(filename: str, *, inline: bool = False) -> str:
    """A Content-Disposition for *filename* (RFC 6266), whatever characters are in it.

    Names that are not ASCII come twice: with ``_`` for each other character, and whole (RFC 8187).
    """
    name = (
        "".join(c for c in filename if c.isprintable()).replace("/", "_").replace("\\", "_")[-200:] or "file"
    )
    plain = re.sub(r"[^ !#-$&-~]", "_", name)
    extended = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'{"inline" if inline else "attachment"}; filename="{plain}"{extended}'

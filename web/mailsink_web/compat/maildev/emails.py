"""MailDev's operations on mails: read, mark, delete, save, show; relaying is refused."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response

from mailsink.message import Message

from ... import quarantine
from ...api.content import eml, untrusted, untrusted_part
from ..peer import PeerError, inbox, json
from ..reading import body_octets, read_json
from .shared import find, peer, route
from .values import email, files

__all__ = ["IdsBody"]


class IdsBody(msgspec.Struct, frozen=True):
    """Which mails."""

    ids: list[str]


@route("GET", "/email/<id>")
def get_email(id: str) -> dict[str, Any]:  # noqa: A002 - the address names it so
    return email(find(id))


@route("DELETE", "/email/<id>")
def delete_email(id: str) -> bool:  # noqa: A002
    return inbox().delete([find(id).id]) > 0


@route("DELETE", "/email/all")
def delete_all() -> bool:
    inbox().clear()
    return True


@peer.route("POST", "/api/email/delete")
def delete_emails() -> dict[str, list[str]]:
    ids = list(dict.fromkeys(read_json(IdsBody, body_octets()).ids))
    found = [each for each in ids if inbox().get(each) is not None]
    inbox().delete(found)
    return {"deleted": found, "notFound": [each for each in ids if each not in found]}


@route("PATCH", "/email/read-all")
def read_all() -> int:
    return inbox().mark_all_read()


@route("GET", "/email/<id>/html")
def get_html(id: str) -> Response:  # noqa: A002
    message = find(id)
    if not message.html:
        raise PeerError(404, "Email has no HTML content")
    return quarantine.html_response(message, new_tab=False)


@route("GET", "/email/<id>/source")
def get_source(id: str) -> Response:  # noqa: A002
    return untrusted(find(id).content, "text/plain; charset=utf-8")


@route("GET", "/email/<id>/download")
def download(id: str) -> Response:  # noqa: A002
    return eml(find(id))


@route("GET", "/email/<id>/attachment/<filename>")
def get_attachment(id: str, filename: str) -> Response:  # noqa: A002
    part = dict(files(find(id))).get(filename)
    if part is None:
        raise PeerError(404, "Attachment could not be found")
    return untrusted_part(part)


@route("POST", "/email/<id>/relay", "/email/<id>/relay/<address>")
def relay(id: str, address: str = "") -> Response:  # noqa: A002
    del address
    message: Message = find(id)
    return json({"error": f"Nothing leaves this machine: mailsink does not relay {message.id}."}, status=500)

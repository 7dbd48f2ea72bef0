"""The addresses at the root: Mailpit's, and where Mailpit has none MailHog's."""

from __future__ import annotations

from flask import Response, request

from . import mailhog, mailpit

__all__ = ["peer"]


class _Root:
    """Hands a request to the peer that its client was written for, as far as that can be told."""

    refuse = staticmethod(mailpit.peer.refuse)

    def answer(self, path: str) -> Response:
        of_mailpit = mailpit.peer.knows(path) and not _is_mailhogs_delete(path)
        return (mailpit.peer if of_mailpit else mailhog.peer).answer(path)


def _is_mailhogs_delete(path: str) -> bool:
    """Both delete all at one address, and Mailpit answers "ok", which the client mailhog reads as JSON.

    That client is Node's bare one, which sends neither a body nor an Accept field.
    """
    bare = "Accept" not in request.headers and not request.content_length
    return request.method == "DELETE" and path == "/api/v1/messages" and bare


peer = _Root()

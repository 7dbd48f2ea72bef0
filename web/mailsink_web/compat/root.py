"""The addresses at the root: Mailpit's, and where Mailpit has none MailHog's."""

from __future__ import annotations

from flask import Response

from . import mailpit

__all__ = ["peer"]


class _Root:
    """Hands a request to the first peer that knows its address."""

    def answer(self, path: str) -> Response:
        return mailpit.peer.answer(path)


peer = _Root()

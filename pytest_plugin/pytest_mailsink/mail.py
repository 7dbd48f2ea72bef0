"""A captured message in the words that testers use.

Adds names and no behaviour to `mailsink.Message`.
"""

from __future__ import annotations

from dataclasses import fields

from mailsink import Message

__all__ = ["Mail"]


class Mail(Message):
    """A `mailsink.Message` with the short words of the fixture."""

    __slots__ = ()

    @classmethod
    def of(cls, message: Message) -> Mail:
        mail = cls(**{f.name: getattr(message, f.name) for f in fields(message) if f.init})
        for name in ("_parsed", "_summary"):
            # What was read of the content once is not read again.
            object.__setattr__(mail, name, getattr(message, name))
        return mail

    @property
    def sender(self) -> str:
        """The envelope's reverse-path; ``""`` is the null one of a bounce."""
        return self.envelope.reverse_path

    @property
    def rcpts(self) -> list[str]:
        """The envelope's accepted forward-paths, in the order of the RCPT commands."""
        return list(self.envelope.forward_paths)

    @property
    def raw(self) -> bytes:
        """The content, byte for byte."""
        return self.content

    @property
    def auth_user(self) -> str | None:
        """Who the client authenticated as, or ``None``."""
        return None if self.auth is None else self.auth.user

    def __repr__(self) -> str:
        return f"<Mail {self.summary.line}>"

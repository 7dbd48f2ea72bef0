"""A captured message in the words that testers use.

Knows what a message holds and how its session went; waits for nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..message import Message
from .files import Attachments

if TYPE_CHECKING:
    import re
    from email.message import EmailMessage

    from ..extract import Code, Link
    from ..mime import Address, Parsed
    from ..model import Envelope, Peer, Session, Tls
    from .elements import Element

__all__ = ["Headers", "Mail", "Mailbox"]


class Mailbox(str):
    """A mailbox of a header field: a text that is its address, with the display *name* beside it."""

    __slots__ = ("name",)
    name: str

    @classmethod
    def of(cls, address: Address) -> Mailbox:
        mailbox = cls(address.address)
        mailbox.name = address.name
        return mailbox


class Headers(Mapping[str, str]):
    """The header fields by name, in any case, decoded and unfolded; of several fields the first."""

    def __init__(self, parsed: Parsed) -> None:
        self._parsed = parsed

    def __getitem__(self, name: str) -> str:
        found = self._parsed.headers(name)
        if not found:
            raise KeyError(f"no header field is called {name}; there are: {', '.join(self)}")
        return found[0]

    def __iter__(self) -> Iterator[str]:
        """The names as the first field of each writes them, in order."""
        names = {field.name.lower(): field.name for field in reversed(self._parsed.fields)}
        return iter(dict.fromkeys(names[field.name.lower()] for field in self._parsed.fields))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self._parsed.headers(name))

    def get_all(self, name: str) -> list[str]:
        """The values of all fields of that name, in order."""
        return list(self._parsed.headers(name))

    def __repr__(self) -> str:
        return f"<Headers {', '.join(self)}>"


class Mail:
    """One captured mail: the envelope in SMTP's words, the header section and bodies, the session's facts.

    *message* is what mailsink keeps of it. Two mails of one message are equal.
    """

    def __init__(
        self,
        message: Message,
        session: Callable[[str], Session | None] = lambda _: None,
        *,
        number: Callable[[str], int | None] = lambda _: None,
    ) -> None:
        """*session* finds a session by its id, *number* the how-manyth a mail is where it came to."""
        self.message = message
        self._session = session
        self._number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mail) and self.message.id == other.message.id

    def __hash__(self) -> int:
        return hash(self.message.id)

    def __repr__(self) -> str:
        number = self._number(self.message.id)
        return f"<Mail {'' if number is None else f'#{number} '}{self.message.summary.line}>"

    # ------------------------------------------------------------- the envelope

    @property
    def id(self) -> str:
        """Its identifier in the sink; later ones are greater."""
        return self.message.id

    @property
    def envelope(self) -> Envelope:
        """What the client said by MAIL and RCPT, with each reply."""
        return self.message.envelope

    @property
    def sender(self) -> str:
        """The envelope's reverse-path; ``""`` is the null one of a bounce."""
        return self.envelope.reverse_path

    @property
    def rcpts(self) -> list[str]:
        """The envelope's accepted forward-paths, in the order of the RCPT commands."""
        return list(self.envelope.forward_paths)

    @property
    def bcc(self) -> list[str]:
        """The accepted recipients that neither To nor Cc names."""
        return list(self.message.bcc)

    @property
    def mail_options(self) -> list[str]:
        """The parameters of MAIL, such as ``"SIZE=310"``."""
        return [str(parameter) for parameter in self.envelope.parameters]

    @property
    def rcpt_options(self) -> dict[str, list[str]]:
        """The parameters of RCPT by recipient, such as ``["NOTIFY=NEVER"]``; accepted recipients only."""
        accepted = (r for r in self.envelope.recipients if r.path in self.envelope.forward_paths)
        return {r.path: [str(parameter) for parameter in r.parameters] for r in accepted}

    # -------------------------------------------------------------- the session

    @property
    def helo(self) -> str:
        """The argument of EHLO or HELO."""
        return self.message.greeting

    @property
    def peer(self) -> Peer:
        """The client's ``host`` and ``port``."""
        return self.message.peer

    @property
    def tls(self) -> Tls | None:
        """How the session was encrypted: ``mode``, ``version``, ``cipher``; ``None`` if it was not."""
        return self.message.tls

    @property
    def auth_user(self) -> str | None:
        """Who the client authenticated as, or ``None``."""
        return None if self.message.auth is None else self.message.auth.user

    @property
    def received(self) -> dt.datetime:
        """When the final dot came; aware, UTC."""
        return self.message.received_at

    @property
    def transcript(self) -> str:
        """The session's dialogue so far, a line for each line; ``""`` where it is not kept any more."""
        from .transcript import dialogue

        session = self._session(self.message.session_id)
        return "" if session is None else dialogue(session)

    # -------------------------------------------------------------- the content

    @property
    def raw(self) -> bytes:
        """The content, octet for octet."""
        return self.message.content

    @property
    def size(self) -> int:
        """Octets of `raw`."""
        return self.message.size

    @cached_property
    def msg(self) -> EmailMessage:
        """The content, read by the standard library's ``email`` with its default policy."""
        import email.policy

        message: EmailMessage = email.message_from_bytes(self.raw, policy=email.policy.default)
        return message

    @property
    def subject(self) -> str:
        """The Subject, decoded and unfolded; ``""`` when there is none."""
        return self.message.subject

    @property
    def from_(self) -> list[Mailbox]:
        return list(map(Mailbox.of, self.message.from_))

    @property
    def to(self) -> list[Mailbox]:
        return list(map(Mailbox.of, self.message.to))

    @property
    def cc(self) -> list[Mailbox]:
        return list(map(Mailbox.of, self.message.cc))

    @property
    def reply_to(self) -> list[Mailbox]:
        return list(map(Mailbox.of, self.message.parsed.reply_to))

    @property
    def headers(self) -> Headers:
        """The header fields by name."""
        return Headers(self.message.parsed)

    def header(self, name: str, default: str = "") -> str:
        """The first header field named *name* (any case), decoded, or *default*."""
        return self.message.header(name, default)

    @property
    def text(self) -> str:
        """The text body; ``""`` when there is none."""
        return self.message.text

    @property
    def html(self) -> str:
        """The HTML body as it was sent; ``""`` when there is none."""
        return self.message.html

    @property
    def attachments(self) -> Attachments:
        """The files that a mail reader offers, in order: by number or by name."""
        return Attachments(self.message.attachments)

    @property
    def inline(self) -> Attachments:
        """The parts that the HTML shows in its text, such as pictures."""
        return Attachments(self.message.parsed.inline)

    @property
    def links(self) -> list[Link]:
        """The links of the bodies, each once: ``url``, ``text``, ``kind``."""
        return list(self.message.links)

    @property
    def codes(self) -> list[Code]:
        """The one-time codes of the bodies, the most likely first."""
        return list(self.message.codes)

    def link(self, pattern: str | re.Pattern[str] = "", *, text: str | re.Pattern[str] = "") -> str:
        """The URL of the one link that has *pattern* in its URL and *text* in what a reader clicks.

        A text is contained, in *text* with white space folded; a compiled pattern is searched for.
        Raises ExpectationError that lists the links, unless exactly one fits.
        """
        return self.message.link(pattern, text=text)

    def code(self, digits: int | tuple[int, int] | None = None) -> str:
        """The one-time code, without spaces and hyphens.

        *digits* says how many digits it has, or how many at least and at most; then a code with letters is
        none. Raises ExpectationError that lists the candidates, unless exactly one fits.
        """
        return self.message.code(digits)

    def select(self, css: str) -> list[Element]:
        """The elements of the HTML that the CSS selector *css* finds, in order.

        Needs mailsink's extra ``html``.
        """
        from .elements import select

        return select(self.html, css)

    def snapshot(self, mask: Mapping[str, str] | None = None) -> str:
        """The mail as a text that two sendings have in common, to compare with a stored one.

        Dates, Message-IDs and boundaries are replaced, header fields are in a fixed order, files are shown by
        size and digest. *mask* maps regular expressions to what stands in the place of what they find.
        """
        from .snapshot import snapshot

        return snapshot(self.message, mask or {})

    @property
    def file_name(self) -> str:
        """The subject as a file's name on any system, without a suffix."""
        from .snapshot import file_name

        return file_name(self.subject)

    def save(self, path: str | Path) -> Path:
        """Write the content to the file *path*, or into the directory *path* under the subject's name."""
        target = Path(path)
        if target.is_dir():
            target /= f"{self.file_name}.eml"
        target.write_bytes(self.raw)
        return target

    def page(self) -> str:
        """The mail as an HTML page that shows it, safe to open from a file: nothing in it runs or loads."""
        from .page import page

        return page(self.message)

    def open(self) -> Path:
        """Show the mail in your browser, and return the page's file; for a look while you write a test.

        The file is in the system's directory for temporary ones, and stays there.
        """
        import tempfile
        import webbrowser

        path = Path(tempfile.mkdtemp(prefix="mailsink-"), f"{self.file_name}.html")
        path.write_text(self.page(), "utf-8", "replace")
        webbrowser.open(path.as_uri())
        return path

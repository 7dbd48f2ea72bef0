"""What is shown of a test's mail: sections of failed tests, files, what the markers complain of."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mailsink.testing import PAGE_HEAD, Mail, Mailsink, safe, trouble

__all__ = ["captured", "misses", "save"]

UNTRUSTED = (
    "a client does not trust the certificate: mailsink.trust() or @pytest.mark.mailsink(trust=True) helps in "
    "this process, mailsink.env in others"
)
ASTRAY = "mail came to tests that were over: does the application keep its connection or its settings?"
# Lines of a body that are shown.
SHOWN_LINES = 10
SHOWN_MAILS = 20
# Characters of a directory's name: file systems allow 255 octets.
LONGEST_NAME = 100


def captured(opened: Sequence[Mailsink]) -> tuple[str, str]:
    """The title and the text of a failed test's section."""
    try:
        return _captured(opened)
    except Exception as error:  # noqa: BLE001 - what is raised here would end the whole run
        return "Captured mail", f"it cannot be shown: {error}"


def _captured(opened: Sequence[Mailsink]) -> tuple[str, str]:
    mails = [mail for mailsink in opened for mail in mailsink.peek()]
    lines = [line for number, mail in enumerate(mails[:SHOWN_MAILS], 1) for line in _shown(number, mail)]
    if len(mails) > SHOWN_MAILS:
        lines.append(f"and {len(mails) - SHOWN_MAILS} more")
    troubles = [sentence for mailsink in opened for sentence in trouble(mailsink.sessions)]
    lines += troubles if mails or troubles else ["no mail came"]
    # What OpenSSL's clients answer, Python's among them.
    if any("ALERT_UNKNOWN_CA" in sentence for sentence in troubles):
        lines.append(UNTRUSTED)
    if not mails:
        lines += filter(None, (mailsink.share_of for mailsink in opened))
    if not mails and (astray := opened[0].went_astray):
        lines += [ASTRAY, *(f"  {safe(str(late))}" for late in astray[:SHOWN_MAILS])]
    return f"Captured mail ({len(mails)})", "\n".join(lines)


def _shown(number: int, mail: Mail) -> Iterator[str]:
    yield f"{number:3}. {safe(str(mail.message))}"
    for name in ("From", "To", "Cc", "Reply-To"):
        if value := mail.header(name):
            yield f"       {name}: {safe(value)}"
    if mail.bcc:
        yield f"       (Bcc: {safe(', '.join(mail.bcc))})"
    facts = [f"{mail.size} bytes"]
    if mail.tls is not None:
        facts.append(f"{mail.tls.mode} {mail.tls.version}")
    if mail.auth_user is not None:
        facts.append(f"logged in as {safe(mail.auth_user)}")
    facts += [safe(file.filename or file.content_type) for file in mail.attachments]
    yield f"       ({', '.join(facts)})"
    lines = (mail.text or mail.message.parsed.html_text).strip().splitlines()
    yield from (f"       | {safe(line)}".rstrip() for line in lines[:SHOWN_LINES])
    if len(lines) > SHOWN_LINES:
        yield f"       | and {len(lines) - SHOWN_LINES} more lines"


def misses(mailsink: Mailsink, words: dict[str, Any]) -> str:
    """What fails a test that passed, as its markers want it; ``""`` where nothing does."""
    lines: list[str] = []
    if words.get("unexpected") == "error" and (came := mailsink.unexpected):
        number = len(came)
        lines.append(f"{number} {'mail' if number == 1 else 'mails'} came that the test did not look at:")
        lines += [f"{i:3}. {safe(str(message))}" for i, message in enumerate(came, 1)]
        lines.append('expect() or find() each, or leave out unexpected="error"')
    if words.get("unused") == "error" and (unused := mailsink.unused):
        number = len(unused)
        lines.append(f"{number} planned {'fault' if number == 1 else 'faults'} never happened:")
        lines += [f"{i:3}. {one.what}" for i, one in enumerate(unused, 1)]
        lines.append('let the application come that far, or leave out unused="error"')
    return "\n".join(lines)


def save(mailsink: Mailsink, directory: Path, written: set[Path]) -> Path:
    """Write a test's mail below *directory*: ``.eml``, ``.html``, the dialogue, an index. Return where.

    *written* are the directories that this run has written already, this one added.
    """
    folder = _folder(mailsink, directory, written)
    rows = []
    for number, mail in enumerate(mailsink.peek(), 1):
        name = f"{number:03}-{mail.file_name}"
        mail.save(folder / f"{name}.eml")
        files = [f"{name}.eml"]
        if mail.html:
            (folder / f"{name}.html").write_text(mail.page(), "utf-8", "replace")
            files.append(f"{name}.html")
        links = " ".join(f'<a href="{html.escape(file)}">{html.escape(file)}</a>' for file in files)
        rows.append(f"<li>{html.escape(safe(str(mail.message)))} {links}\n")
    (folder / "smtp.txt").write_text("\n\n".join(mailsink.transcripts()) + "\n", "utf-8", "replace")
    title = html.escape(mailsink.name)
    page = f"<title>{title}</title>\n<h1>{title}</h1>\n<ol>\n{''.join(rows)}</ol>\n"
    page += '<a href="smtp.txt">smtp.txt</a>\n'
    (folder / "index.html").write_text(PAGE_HEAD + page, "utf-8", "replace")
    return folder


def _folder(mailsink: Mailsink, directory: Path, written: set[Path]) -> Path:
    """A directory of this server's own, named for the test; *written* are those of others."""
    name = re.sub(r"[^\w.\[\]-]+", "_", mailsink.name).strip("_")
    if len(name) > LONGEST_NAME:
        # What is cut off may be all that tells two tests apart.
        name = f"{name[:LONGEST_NAME]}-{hashlib.sha256(mailsink.name.encode()).hexdigest()[:8]}"
    folder, number = directory / name, 1
    while folder in written:
        number += 1
        folder = directory / f"{name}-{number}"
    written.add(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        # Of an earlier run.
        if left.suffix in (".eml", ".html") or left.name == "smtp.txt":
            left.unlink()
    return folder

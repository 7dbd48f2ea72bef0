"""Reverse-paths, forward-paths and their parameters: parse, split, compare (RFC 5321 §4.1.2).

Knows no header fields: display names and groups belong to mime. Every function is linear in its input
and does no I/O. Text is as the dialogue decoded it: non-ASCII is welcome (RFC 6531), and an octet that
was not UTF-8 may be there as a surrogate escape; both pass through verbatim.
"""

from __future__ import annotations

import re

from .model import Parameter

__all__ = ["PathError", "parse_parameters", "parse_path", "same_address", "split_address", "tag_of"]


class PathError(ValueError):
    """What a client gave as a path or parameter cannot be read.

    The text is one ASCII sentence, fit for a reply. *code* is 501 where the argument has the wrong
    shape and 553 where the mailbox in it has (RFC 5321 §4.2.3); *enhanced* is RFC 3463's: 5.1.7 for a
    reverse-path, 5.1.3 for a forward-path, 5.5.4 for a parameter.
    """

    def __init__(self, text: str, *, code: int, enhanced: str) -> None:
        super().__init__(text)
        self.code = code
        self.enhanced = enhanced


_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# Python before 3.11.5 matches wrongly where a group repeats possessively, so only single characters do.
_QUOTED = r'"[^"\\]*+(?:\\.[^"\\]*+)*"'
# Atoms are taken more widely than RFC 5321 does (dots anywhere): a sink must catch what real mailers send.
_LOCAL = rf'(?:{_QUOTED}|[^\s<>"@,:;()\[\]\\]++)+'
_DOMAIN = r'(?:\[[^\s<>\[\]"]*+\]|[^\s<>"@,:;()\[\]\\]++)'
_MAILBOX = rf"{_LOCAL}(?:@{_DOMAIN})?"
_MAILBOX_ONLY = re.compile(_MAILBOX)
# RFC 5321 §4.1.1.3: a source route is accepted and ignored.
_BRACKETED = re.compile(rf"<(?:@[^\s<>:\"]*+:)?({_MAILBOX})>")
_INSIDE = re.compile(rf"<((?:{_QUOTED}|[^>\"])*)(>?)")
_LOCAL_ONLY = re.compile(_LOCAL)
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*+)(?:=([^\x00-\x20=\x7f]++))?")


def parse_path(argument: str, *, null_ok: bool = False) -> tuple[str, str]:
    """Split what follows ``MAIL FROM:`` or ``RCPT TO:`` into path and parameters.

    The path comes verbatim without angle brackets; what follows it is stripped. With *null_ok* the
    argument is a reverse-path and ``<>`` gives ``""``. A source route is dropped; missing brackets and
    a missing domain (``<postmaster>``, RFC 5321 §4.5.1) are accepted. Lengths are not judged.
    Raises PathError.
    """
    enhanced = "5.1.7" if null_ok else "5.1.3"
    text = argument.strip(" \t")
    if _CONTROL.search(text):
        raise PathError("The path has a control character in it", code=501, enhanced=enhanced)
    if text[:2] == "<>" and null_ok:
        path, rest = "", text[2:]
    elif match := (_BRACKETED if text[:1] == "<" else _MAILBOX_ONLY).match(text):
        path, rest = match.group(match.re.groups), text[match.end() :]
    else:
        raise _wrong_path(text, enhanced)
    if rest and rest[0] not in " \t":
        raise _wrong_rest(text, rest, enhanced)
    return path, rest.strip(" \t")


def _wrong_rest(text: str, rest: str, enhanced: str) -> PathError:
    if text[0] == "<":
        return PathError("A space must follow the closing > of the path", code=501, enhanced=enhanced)
    if rest[0] == "@":
        return PathError("The mailbox has no domain, or two @ signs", code=553, enhanced=enhanced)
    return PathError("The path must be a mailbox in angle brackets", code=501, enhanced=enhanced)


def _wrong_path(text: str, enhanced: str) -> PathError:
    """The sentence for a path that no rule reads."""

    def shape(sentence: str) -> PathError:
        return PathError(sentence, code=501, enhanced=enhanced)

    def mailbox(sentence: str) -> PathError:
        return PathError(sentence, code=553, enhanced=enhanced)

    if not text:
        return shape("The path is missing: it must be a mailbox in angle brackets")
    if text[0] != "<":
        return mailbox("The path must be a mailbox in angle brackets")
    inside = _INSIDE.match(text)
    if inside is None or not inside.group(2):
        return shape("The path has no closing >")
    if not inside.group(1):
        return mailbox("The null path <> is allowed in MAIL only")
    name = inside.group(1)
    if name[0] == "@":
        return mailbox("The local part before the @ is empty")
    local = _LOCAL_ONLY.match(name)
    rest = name[local.end() :] if local else name
    if rest[:1] == "@" and rest.count("@") > 1:
        return mailbox("The mailbox has two @ signs: quote the local part")
    if rest == "@":
        return mailbox("The domain after the @ is empty")
    if re.search(r"\s", name):
        return mailbox("The mailbox has a space outside of quotes")
    return mailbox("The mailbox has a character that must be quoted")


def parse_parameters(text: str) -> tuple[Parameter, ...]:
    """Read the ESMTP parameters after a path (RFC 5321 §4.1.2), in order.

    Keywords become upper case, values keep theirs. Raises PathError on wrong syntax, or a keyword
    that comes twice.
    """
    found: dict[str, Parameter] = {}
    for word in filter(None, re.split(r"[ \t]+", text)):
        match = _PARAMETER.fullmatch(word)
        if match is None:
            raise PathError(
                f"Parameter {_ascii(word)} is not KEYWORD or KEYWORD=value", code=501, enhanced="5.5.4"
            )
        keyword = match.group(1).upper()
        if keyword in found:
            raise PathError(f"Parameter {_ascii(keyword)} is given twice", code=501, enhanced="5.5.4")
        found[keyword] = Parameter(keyword, match.group(2))
    return tuple(found.values())


def _ascii(text: str) -> str:
    """At most 40 characters of *text*, what is not printable ASCII as ``?``."""
    return re.sub(r"[^\x20-\x7e]", "?", text[:40])


def split_address(path: str) -> tuple[str, str]:
    """Local part, quotes kept, and domain of *path*; the domain is ``""`` where there is none."""
    local = _LOCAL_ONLY.match(path)
    if local and path[local.end() : local.end() + 1] == "@" and path.count("@", local.end()) == 1:
        return local.group(), path[local.end() + 1 :]
    head, at, tail = path.rpartition("@")
    return (head, tail) if at else (path, "")


def same_address(a: str, b: str) -> bool:
    """Whether two paths name one mailbox.

    Local parts are compared exactly, but quoted and unquoted forms are equal (RFC 5321 §4.1.2);
    domains regardless of case, and A-label equals U-label. ``@shop.example`` stands for every mailbox
    of that domain.
    """
    if a == b:
        return True
    (local_a, domain_a), (local_b, domain_b) = split_address(a), split_address(b)
    if _domain_key(domain_a) != _domain_key(domain_b):
        return False
    wild = (domain_a and not local_a) or (domain_b and not local_b)
    return bool(wild) or _unquoted(local_a) == _unquoted(local_b)


def tag_of(path: str) -> str:
    """What follows the first ``+`` of the local part (RFC 5233), or ``""``."""
    return _unquoted(split_address(path)[0]).partition("+")[2] if "+" in path else ""


def _unquoted(local: str) -> str:
    if len(local) > 1 and local[0] == local[-1] == '"':
        return re.sub(r"\\(.)", r"\1", local[1:-1], flags=re.DOTALL)
    return local


def _domain_key(domain: str) -> str:
    """*domain* for comparing: lower case, labels in their ASCII form where there is one."""
    if domain.isascii() or len(domain) > 255:  # RFC 5321 §4.5.3.1.2
        return domain.lower()
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return domain.lower()

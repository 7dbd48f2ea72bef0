"""A message as the tokens that the full-text index holds, and the expressions that find them again.

A token begins with a letter that says what it is a piece of, so that an index needs no columns: what is
common in one field does not slow down the search in another. The rest is

- a word, for bodies and links;
- three characters that follow each other, for short fields, so that any piece of a text is a phrase of them;
- what is short, for what is typed first: see `brief_tokens_of`;
- a fact such as ``xhasattachment``.

Text is taken apart by `mailsink.words` alone. SQLite's ``ascii`` tokenizer then finds exactly these tokens:
they hold letters, digits and what is not ASCII.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from ..conditions import SOURCES
from ..message import Message
from ..words import MAX_TEXT, START, marked, words

__all__ = [
    "EVERY",
    "FACTS",
    "LONG",
    "NEVER",
    "ODD",
    "PIECES",
    "PROSE",
    "brief_piece",
    "brief_tokens_of",
    "fact",
    "guard",
    "header_fact",
    "inbox_fact",
    "piece",
    "prose",
    "size_fact",
    "tokens_of",
]

# source -> the letters under which its values stand. A value that stands in a field and in the envelope is
# there once, under a letter of its own.
PIECES = {
    "subject": "s",
    "from_named": "fg",
    "sender": "gh",
    "to_named": "tu",
    "cc_named": "cd",
    "rcpt": "rudb",
    "bcc": "b",
    "reply_to_named": "y",
    "attachment_name": "n",
    "message_id": "i",
    "addressed": "fgtucdyb",
    "anywhere": "sfghtucdrbvyn",
}
PROSE = {"body": "w", "link": "l", "anywhere": "w"}
# Of these sources the index knows whether there is one.
FACTS = frozenset(
    (
        "attachment",
        "auth_user",
        "bcc",
        "body",
        "calendar",
        "cc",
        "code",
        "from_",
        "html",
        "image",
        "inline",
        "link",
        "rcpt",
        "reply_to",
        "sender",
        "subject",
        "text",
        "tls",
        "to",
    )
)
EVERY = "xall"
NEVER = "xnone"
# Some of its text may be out of the index.
LONG = "xlong"
# It has an address that can equal one that is written otherwise.
ODD = "xodd"

# Those that cost more are looked for once only.
_FACTS = sorted(FACTS - {"code", "link"})

# The characters of a short field: those that would separate tokens are moved to where no text has any.
_SAFE = {number: 0xE000 + number for number in range(1, 128) if not chr(number).isalnum()}
_END = "\ue001\ue001"
_SPACE = " ".translate(_SAFE)
# From frequent to rare: signs, which are in every address, then letters. Digits and all else are rarer.
_FREQUENT = "".join(map(chr, _SAFE.values())) + START + "etaoinshrdlucmfwypvbgkqjxz"
# A longer phrase finds nothing that a short one would not.
MOST_TOKENS = 48
# What is so short is a token of its own: pieces of short fields, and beginnings of a body's words. To put
# together all that begins so would take SQLite longer than a whole search may.
BRIEF_PIECE = 2
BRIEF_WORD = 3


def fact(name: str) -> str:
    """The token for something that is so: a source that has values."""
    return f"xhas{name.replace('_', '')}"


def size_fact(size: int) -> str:
    """The token for sizes with as many bits as *size*."""
    return f"xsize{size.bit_length()}"


def header_fact(name: str) -> str:
    """The token for a header field *name* that is not empty."""
    return "e" + name.lower().translate(_SAFE)


def inbox_fact(number: int) -> str:
    return f"xin{number}"


def piece(text: str, letters: str, *, at_word: bool = False) -> tuple[str, bool]:
    """The expression that finds *text* in the values under *letters*, and whether it finds nothing else.

    With *at_word* a word must begin where it does. The expression is ``""`` where nothing can be found.
    """
    chain = marked(text)
    chain = (chain if at_word else chain.removeprefix(START)).translate(_SAFE)
    if not chain.strip(START):
        return "", True
    found = [chain[at : at + 3] for at in range(max(1, len(chain) - 2))]
    star = " *" if len(chain) < 3 else ""
    phrases = (_phrase(letter, found[:MOST_TOKENS]) + star for letter in letters)
    return _either(phrases), len(found) <= MOST_TOKENS


def prose(text: str, letters: str, *, prefix: bool = False, brief: bool = True) -> tuple[str, bool]:
    """The same for the words of *text*, of which the last may go on with *prefix*.

    *brief* says whether the index has brief tokens.
    """
    found = words(text)
    if not found:
        return "", True
    if brief and prefix and letters == "w" and len(found) == 1 and len(found[0]) <= BRIEF_WORD:
        return f'"p{found[0]}"', True
    star = " *" if prefix and len(found) <= MOST_TOKENS else ""
    phrases = (_phrase(letter, found[:MOST_TOKENS]) + star for letter in letters)
    return _either(phrases), len(found) <= MOST_TOKENS


def guard(text: str, letters: str) -> str:
    """An expression for the index that all fulfil in which `piece` finds *text*, and that is quickly told.

    It is one token of the phrase for each letter, which should be the rarest; ``""`` where that is all of it.
    """
    chain = marked(text).removeprefix(START).translate(_SAFE)
    found = [chain[at : at + 3] for at in range(len(chain) - 2)][:MOST_TOKENS]
    if len(found) < 2:
        return ""
    rarest = max(found, key=lambda three: sum(map(_rarity, three)))
    return _either(f'"{letter}{rarest}"' for letter in letters)


def _rarity(character: str) -> int:
    """How few texts have *character*, from experience: digits tell more apart than letters."""
    return _FREQUENT.find(character) if character in _FREQUENT else 2 * len(_FREQUENT)


def brief_piece(text: str, *, at_word: bool) -> str:
    """The expression for a *text* of one or two characters anywhere in a message; ``""`` for any other.

    With *at_word* it is the beginning of a word.
    """
    chain = marked(text)
    chain = chain if at_word else chain.removeprefix(START)
    # What the words of a body cannot equal, such as "e.", is looked for as any other text.
    is_brief = len(chain) <= BRIEF_PIECE and words(text) == [chain.removeprefix(START)]
    return f'"a{chain}"' if is_brief else ""


def _phrase(letter: str, found: Iterable[str]) -> str:
    return '"' + " ".join([letter + token for token in found]) + '"'


def _either(expressions: Iterable[str]) -> str:
    every = list(expressions)
    return every[0] if len(every) == 1 else f"({' OR '.join(every)})"


def tokens_of(message: Message, inbox: int, *, brief: bool = True) -> str:
    """Every token of *message* in the inbox with the number *inbox*, separated by spaces.

    Without *brief* none of those that `brief_tokens_of` gives.
    """
    found = [EVERY, inbox_fact(inbox), size_fact(message.size)]
    links = SOURCES["link"](message)
    found += [fact(name) for name in _FACTS if any(SOURCES[name](message))]
    if links:
        found.append(fact("link"))
    if message.summary.code:
        found.append(fact("code"))
    found += {header_fact(field.name) for field in message.parsed.fields if field.value}
    if message.size > MAX_TEXT:
        found.append(LONG)
    if any(map(_is_odd, _paths(message))):
        found.append(ODD)
    chains = _chains(message)
    for chain, letters in chains:
        ended = chain + _END
        triples = list(zip(ended, ended[1:], ended[2:], strict=False))
        for letter in letters:
            found += [letter + a + b + c for a, b, c in triples]
    if brief:
        found += _brief(message, chains)
    for letter, texts in (("w", SOURCES["body"](message)), ("l", links)):
        for text in dict.fromkeys(value.words for value in texts):
            # The letter alone stands between two texts, so that no phrase goes from one into the next.
            found += [letter + word for word in text.split()]
            found.append(letter)
    return " ".join(found)


def brief_tokens_of(message: Message) -> str:
    """The tokens for what is short, separated by spaces: an index of an older version has only the others.

    Under ``a`` stand the pieces of one and two characters of all short fields, with `START` taken for one,
    and the body's words of that length and their first characters; under ``p`` the beginnings of the body's
    words, up to three characters.
    """
    return " ".join(_brief(message, _chains(message)))


def _brief(message: Message, chains: list[tuple[str, str]]) -> list[str]:
    # A Message-ID, "i", is found by its own field alone. No piece that is looked for has a space.
    runs = {run for chain, letters in chains if letters != "i" for run in chain.split(_SPACE)}
    found = {word for text in SOURCES["body"](message) for word in text.words.split()}
    pieces = {word for word in found if len(word) <= BRIEF_PIECE}
    pieces.update({START + word[0] for word in found}, *runs)
    for run in runs:
        pieces.update([one + other for one, other in pairwise(run)])
    beginnings = {word[:3] for word in found}
    beginnings |= {word[:2] for word in beginnings} | {word[:1] for word in beginnings}
    return ["a" + piece for piece in pieces] + ["p" + beginning for beginning in beginnings]


def _chains(message: Message) -> list[tuple[str, str]]:
    """The values of the short fields as chains of characters, with their letters."""
    return [(marked(value).translate(_SAFE), letters) for value, letters in _short(message).items()]


def _paths(message: Message) -> Iterator[str]:
    for source in ("rcpt", "sender", "from_", "to", "cc", "reply_to"):
        yield from SOURCES[source](message)


def _is_odd(path: str) -> bool:
    return not path.isascii() or path[:1] == "@" or '"' in path or "\\" in path


def _short(message: Message) -> dict[str, str]:
    """The values of the short fields, each once, with the letters it stands under."""
    roles: dict[str, set[str]] = {}
    for source in ("subject", "from_named", "to_named", "cc_named", "reply_to_named", "attachment_name"):
        for value in SOURCES[source](message):
            roles.setdefault(value, set()).add(source)
    for source in ("sender", "rcpt", "bcc", "message_id"):
        for value in SOURCES[source](message):
            roles.setdefault(value, set()).add(source)
    for mailbox in message.parsed.bcc:
        for value in (mailbox.name, mailbox.address):
            roles.setdefault(value, set()).add("bcc_field")
    return {value: _letters(held) for value, held in roles.items() if value}


# With the envelope's path, without it, and the path alone.
_SHARED = (("from_named", "sender", "g", "f"), ("to_named", "rcpt", "u", "t"), ("cc_named", "rcpt", "d", "c"))
_ALONE = {"subject": "s", "reply_to_named": "y", "attachment_name": "n", "message_id": "i", "bcc_field": "v"}


def _letters(roles: set[str]) -> str:
    letters = "".join(letter for role, letter in _ALONE.items() if role in roles)
    for field, path, both, one in _SHARED:
        if field in roles:
            letters += both if path in roles else one
    if "bcc" in roles:
        letters += "b"
    if "sender" in roles and "from_named" not in roles:
        letters += "h"
    if "rcpt" in roles and not roles & {"to_named", "cc_named", "bcc"}:
        letters += "r"
    return letters

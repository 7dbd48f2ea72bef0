"""Links and one-time codes out of a message, as a tester wants to follow or type them.

Reads what mime parsed; opens nothing. The rules for codes prefer a missed oddity to a wrong number:
a year, a price, a date, a time, a telephone or order number is no code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .markup import Tag, tokens
from .mime import Parsed

__all__ = ["Code", "Link", "codes", "links"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link: its *url* as in the message, the *text* that a reader clicks, and what it is for.

    *kind* is ``"confirm"``, ``"reset"``, ``"unsubscribe"``, ``"view"`` or ``"other"``; a guess by words in
    text and URL.
    """

    url: str
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code: *value* without spaces and hyphens, the line around it, and how it is *shown*."""

    value: str
    context: str
    shown: str = ""


# --- links -------------------------------------------------------------------------------------------

# Schemes that run or show what the sender wrote are no links to follow.
_REFUSED = frozenset(
    ("javascript", "data", "vbscript", "file", "blob", "about", "cid", "mid", "view-source", "filesystem")
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,40}):(?=\S)")
_IN_TEXT = re.compile(
    r"(?<![\w@.+-])(?:https?://|mailto:)(?=[\w\[])[^\s<>\"\x00-\x1f\x7f]{1,2000}|<((?:tel|https?|mailto):[^<>\s]{1,2000})>",
    re.IGNORECASE,
)
_WHITE = re.compile(r"\s+")

# In the order in which they are asked: an unsubscribe page may speak of confirming.
_KINDS = {
    "unsubscribe": r"""unsubscri|opt[-_ ]?out|list-?manage|abmelden|abbestell|d[ée]sabonn|désinscri
        |darse\ de\ baja|cancelar\ suscrip|disiscri|afmelden|odhl[aá]si|wypisz|отписат|配信停止|退订""",
    "reset": r"""(?:re-?set|forgot|recover|neues|new|change)[-_/ ]?(?:your[-_ ])?(?:passw|passcode)|\breset\b
        |passw(?:or[dt])[-_/ ]?(?:re-?set|recover|forgot|vergessen|zur[uü]ck)|mot[-_ ]de[-_ ]passe
        |contrase[nñ]a|reimposta|wachtwoord|senha|hasło|парол|パスワード|密码""",
    "confirm": r"""confirm|verif|activat|validat|aktivier|best[aä]tig|bevestig|potwierd|подтверд|確認|验证
        |sign[-_ ]?in|log[-_ ]?in|magic|accept|einladung|invit|opt[-_ ]?in""",
    "view": r"""view|browser|webversion|online[-_ ]?version|ansehen|anzeigen|voir|\bver\b|visualizza|bekijk
        |open|show""",
}
_KIND_RULES = tuple((kind, re.compile(rule, re.IGNORECASE | re.VERBOSE)) for kind, rule in _KINDS.items())


def links(parsed: Parsed) -> tuple[Link, ...]:
    """The links of the HTML and then the text body, in order, each URL once.

    http, https, mailto, tel and app schemes are kept; what a browser would run or show in place
    (``javascript:``, ``data:`` …) and links without a scheme are not.
    """
    found: dict[str, Link] = {}
    for url, text in [*_html_links(parsed.html), *_text_links(parsed.text)]:
        known = found.get(url)
        if known is None or not known.text:
            found[url] = Link(url, text, _kind(url, text))
    return tuple(found.values())


def _html_links(html: str) -> Iterator[tuple[str, str]]:
    url = ""
    words: list[str] = []
    for token in tokens(html):
        if isinstance(token, str):
            if url:
                words.append(token)
        elif token.name == "area" and not token.is_end:
            if target := _followable(token.attributes.get("href", "")):
                yield target, _squeezed(token.attributes.get("alt", ""))
        elif token.name == "a":
            if url:
                yield url, _squeezed("".join(words))
            url = "" if token.is_end else _followable(token.attributes.get("href", ""))
            words = []
        elif url:
            words.append(_inner_text(token))
    if url:
        yield url, _squeezed("".join(words))


def _inner_text(token: Tag) -> str:
    if token.name == "img":
        return token.attributes.get("alt", "")
    return " " if token.name in ("br", "p", "div", "td") else ""


def _squeezed(text: str) -> str:
    return _WHITE.sub(" ", text).strip()[:500]


def _followable(href: str) -> str:
    """*href* without the white space that browsers ignore, or ``""`` when it is not to be followed."""
    url = re.sub(r"[\t\r\n]", "", href).strip("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x1b ")
    match = _SCHEME.match(url)
    return url if match and match.group(1).lower() not in _REFUSED else ""


def _text_links(text: str) -> Iterator[tuple[str, str]]:
    done = 0
    for match in _IN_TEXT.finditer(text):
        before = text[max(done, match.start() - 200) : match.start()].rstrip(_AROUND)
        yield match.group(1) or _without_punctuation(match.group()), before.rpartition("\n")[2].strip(_AROUND)
        done = match.end()


_AROUND = " \t\r\n<>()[]:;,.-*•"


_OPENER = {")": "(", "]": "[", "}": "{"}


def _without_punctuation(url: str) -> str:
    """*url* without what ends the sentence around it (RFC 3986 appendix C).

    A closing bracket stays where the URL opened it.
    """
    for _ in range(20):  # no sentence ends in more, and a hostile one must not cost more
        last = url[-1:]
        opener = _OPENER.get(last)
        if last not in ".,;:!?'*_»”’)]}" or (opener and url.count(last) <= url.count(opener)):
            break
        url = url[:-1]
    return url


def _kind(url: str, text: str) -> str:
    address = url.partition("://")[2].partition("/")[2] or url
    for words in (text, address[:2000]):
        for kind, rule in _KIND_RULES:
            if rule.search(words):
                return kind
    return "other"


# --- codes -------------------------------------------------------------------------------------------

# Words that announce a code.
_WORDS = re.compile(
    r"(?<![^\W_])(?:codes?|codice|c[óo]digo|k[óo]d(?:e[nt]?|u|em)?|koodi|κωδικ\w{0,6}|код\w{0,4}|pin|otp|totp"
    r"|2fa|mfa|m?tan|passcode|one[- ]time|einmal\w{0,12}|\w{1,20}-?(?:code|kode|pin)|verif\w{0,12}"
    r"|best[äa]tigung\w{0,8}|sicherheits\w{0,10}|usage unique|token|doğrulama|mã)(?![^\W_])"
    r"|驗證碼|验证码|認証コード|確認コード|コード|인증번호|인증 코드|رمز|קוד",
    re.IGNORECASE,
)
_SPACE = r"[ \u00a0]"
_JOINT = r"[ \u00a0-]"
_CANDIDATE = re.compile(
    r"(?<![\w.,/:@#%$€£¥+=&?-])(?:"
    r"(?P<prefixed>[A-Z]{1,3}-\d{4,8})"
    rf"|(?P<grouped>\d{{3}}{_JOINT}\d{{3}}|\d{{4}}{_JOINT}\d{{4}}"
    rf"|\d{{2}}{_JOINT}\d{{2}}{_JOINT}\d{{2}}|(?:\d{_SPACE}){{3,7}}\d)"
    r"|(?P<digits>\d{4,8})"
    r"|(?P<letters>(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9]{3,5}-[A-Z0-9]{3,5}"
    r"|(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{5,8})"
    rf")(?![\w@%€£¥$/=&+]|[.,:-]\d|{_JOINT}\d|-\w| ?(?:USD|EUR|GBP|CHF|€|£|Uhr|[ap]m\b|k[mg]\b|ml\b|%|px))"
)
# In every candidate, and in few subjects.
_DIGIT = re.compile(r"\d")
# Words before a number that say it is something else.
_NOT_A_CODE = re.compile(
    r"(?:order|bestell\w{0,8}|invoice|rechnung\w{0,8}|tracking|ref(?:erence)?|customer|kunden\w{0,8}|account|konto"
    r"|case|ticket|phone|tel|telefon|fax|call|mobile|zip|plz|post ?code|postal code|promo\w{0,6}|coupon"
    r"|voucher|discount|gutschein\w{0,5}|error|status|http|total|amount|price|copyright|©|\(c\)|commande|pedido"
    r"|facture|port|room|flat|suite|article|item|(?:area|country|source|qr|bar|zip|dress) ?code)"
    r"(?:[ -]?(?:no|nr|number|nummer|id|code|ending(?: in)?))?\.?[ \t:#-]{0,4}"
    r"(?:is |ist |in |of )?[#:]?[ \t]?$",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(r"(?:[:：]|(?:\b(?:is|ist|est|es|è|é|jest|lautet|as)))[ \t\n*]{0,4}$", re.IGNORECASE)
_PRICE = re.compile(r"(?:[$€£¥]|\b(?:USD|EUR|GBP|CHF|Rs\.?))[ \u00a0]?$")
_YEAR = re.compile(r"(?:19|20)\d\d")
# Numbers that belong to an address, a telephone number, a date or a time.
_TAKEN = re.compile(
    r"(?:https?://|www\.|mailto:)\S+|(?<![^\s@])[^\s@]{1,320}@\S+"
    r"|\+\d[\d ()./-]{6,20}|\(\d{2,5}\)[ \d./-]{5,15}"
    r"|\b\d{1,4}([./-])\d{1,2}\1\d{1,4}\b|\b\d{1,2}:\d\d(?::\d\d)?",
    re.IGNORECASE,
)

# How far a word such as "code" reaches: a sentence before the number, or the number as a heading before it.
_REACH_BEFORE = 160
_REACH_AFTER = 60
_MOST_TEXT = 200_000


def codes(parsed: Parsed) -> tuple[Code, ...]:
    """The one-time codes in the visible text, or else the subject; the most likely first, each once.

    A code is four to eight digits, in one or two groups, or capitals with digits, near a word that
    announces one. Only the first 200,000 characters are read.
    """
    scored: dict[str, tuple[int, int, Code]] = {}
    order = 0
    for text in (parsed.visible_text[:_MOST_TEXT], parsed.subject):
        for score, code in _scored(text):
            order += 1
            known = scored.get(code.value)
            if known is None or known[0] < score:
                scored[code.value] = (score, order, code)
    best = sorted(scored.values(), key=lambda entry: (-entry[0], entry[1]))
    return tuple(code for _, _, code in best)


def _scored(text: str) -> Iterator[tuple[int, Code]]:
    if not _DIGIT.search(text):
        return
    # What is taken by an address, a date or a telephone number is blanked, so that offsets stay.
    open_text = _TAKEN.sub(lambda match: "\x01" * len(match.group()), text)
    if not _CANDIDATE.search(open_text):
        return  # as a rule, and the words are the dearer half
    words = [match.span() for match in _WORDS.finditer(open_text)]
    if not words:
        return
    nearest = 0
    for match in _CANDIDATE.finditer(open_text):
        while nearest < len(words) and words[nearest][0] < match.start():
            nearest += 1
        before = match.start() - words[nearest - 1][1] if nearest else _REACH_BEFORE + 1
        after = words[nearest][0] - match.end() if nearest < len(words) else _REACH_AFTER + 1
        if before > _REACH_BEFORE and after > _REACH_AFTER:
            continue
        # A word that follows counts less: "123456 is your code" is rarer than "code: 123456".
        score = _score(open_text, match, min(before, after * 2))
        if score > 0:
            shown = match.group()
            yield score, Code(_value(match), _line_around(text, match.start(), match.end()), shown)


def _value(match: re.Match[str]) -> str:
    shown = match.group()
    if match.lastgroup == "prefixed":
        shown = shown.partition("-")[2]
    return re.sub(r"[ \u00a0-]", "", shown)


def _score(text: str, match: re.Match[str], distance: int) -> int:
    """How much *match* looks like a code; 0 when it is none."""
    lead = text[max(0, match.start() - 60) : match.start()]
    if _NOT_A_CODE.search(lead) or _PRICE.search(lead):
        return 0
    shown = match.group()
    score = 200 - min(distance, 160)
    line_start, line_end = _line_bounds(text, match.start(), match.end())
    alone = text[line_start:line_end].strip(" *_-\u00a0") == shown
    if alone:
        score += 150
    is_announced = _ANNOUNCED.search(lead) is not None
    if is_announced:
        score += 60
    # A year is a code only where it stands like one.
    if _YEAR.fullmatch(shown) and not alone and not (is_announced and distance < 20):
        return 0
    if len(_value(match)) == 6:
        score += 20
    if match.lastgroup == "letters" and not alone and distance > 40:
        return 0
    return score


def _line_bounds(text: str, start: int, end: int) -> tuple[int, int]:
    first = text.rfind("\n", max(0, start - 200), start) + 1 or max(0, start - 200)
    last = text.find("\n", end, end + 200)
    return first, last if last >= 0 else min(len(text), end + 200)


def _line_around(text: str, start: int, end: int) -> str:
    """The line of the code, with the one before when it stands alone; at most about 400 characters."""
    first, last = _line_bounds(text, start, end)
    line = text[first:last].strip()
    if len(line) <= end - start + 2 and first:
        before = text[max(0, first - 300) : first].strip().rpartition("\n")[2]
        line = f"{before} {line}".strip()
    return _WHITE.sub(" ", line)

"""Mailpit itself and mailsink get the same hundred mails; every difference between their answers is meant."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from acceptance.clients import Raw
from acceptance.corpus import MAILS, Sample
from interop.peers.genuine import Mailpit, program
from mails import BROKEN, LIST, mail, order

from mailsink import Sink
from mailsink.composing import File, compose
from mailsink.mime import Address
from mailsink_web.server import serve

# --- the mails --------------------------------------------------------------------------------------------

# What Mailpit refuses, and what it answers with 250 and loses.
NOT_KEPT_THERE = {"no-header-no-blank", "only-dots", "many-recipients", "boundary-missing"}
NAMES = ("", "Ada", "Łukasz Żółć", "山田 太郎", "O'Brien, Pat", 'The "Shop"', "Zoë")
WORDS = ("order", "receipt", "Rechnung", "ご注文", "привет", "code 117204", "100 % cotton", "under_score")


def corpus() -> dict[str, Sample]:
    """A hundred mails that both keep, by name, and those that Mailpit does not."""
    found = {name: sample for name, sample in MAILS.items() if name != "ten-megabytes"}
    found["order"] = Sample(content=bytes(order()), forward_paths=("ada@example.org", "hidden@example.org"))
    found["broken"] = Sample(content=BROKEN)
    for number, line in enumerate(LIST):
        _, sender, to, _, _, attachment, subject, text = line.split("\t")
        made = mail(subject, text, to=to, sender=sender or "MAILER-DAEMON@mx.example", attachment=attachment)
        found[f"shop-{number}"] = Sample(
            content=bytes(made), reverse_path=sender or "mailer@mx.example", forward_paths=(to,)
        )
    number = 0
    while len(found) < 100 + len(NOT_KEPT_THERE):
        found[f"composed-{number}"] = composed(number)
        number += 1
    return found


def composed(number: int) -> Sample:
    """A mail such as applications send; the number says how it is made."""
    name, word = NAMES[number % len(NAMES)], WORDS[number % len(WORDS)]
    text = f"Hello {name},\n\nyour {word}.\n" * (number % 3 + 1)
    files = (
        File(name=f"{word}.pdf", content=b"%PDF-1.4\n" * number, content_type="application/pdf"),
        File(name="räksmörgås.txt", content="Smörgås\n".encode(), content_type="text/plain"),
    )
    to = [Address(name, "ada@example.org"), Address("", "grace@example.org")][: number % 2 + 1]
    cc = [Address("Copy", "copy@example.org")] if number % 5 == 0 else []
    content = compose(
        from_=Address(NAMES[-number % len(NAMES)], "shop@example.com"),
        to=to,
        cc=cc,
        reply_to=[Address("Help", "help@example.com")] if number % 4 == 0 else [],
        subject=f"{word} {number}",
        text=text,
        html=f"<html><body><p>Hello <b>{name}</b>, your {word}.</p></body></html>" if number % 3 else "",
        files=files[: number % 3],
        fields=[("List-Unsubscribe", "<mailto:out@example.com>, <https://example.com/out>")]
        if number % 6 == 0
        else [],
    )
    paths = tuple(each.address for each in (*to, *cc))
    return Sample(content=content, forward_paths=(*paths, "hidden@example.org") if number % 7 == 0 else paths)


# --- asking both ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. *json* is flat: a member's path to its value."""

    status: int
    kind: str
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found = {"status": self.status, "type": self.kind.partition(";")[0]}
        if self.kind.startswith("application/json"):
            return found | dict(flat(json.loads(self.body)))
        return found | {"body": self.body.decode("utf-8", "replace")}


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from flat(each, f"{path}.{name}")
    elif isinstance(value, list):
        yield f"{path}.#", len(value)
        for number, each in enumerate(value):
            yield from flat(each, f"{path}[{number}]")
    elif isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT.*", value):
        yield path, moment(value)
    else:
        yield path, value


def moment(text: str) -> str:
    """A time in UTC, to the hour: each server took the mail at its own moment."""
    whole = re.sub(r"\.\d+", "", text).replace("Z", "+00:00")
    return f"{dt.datetime.fromisoformat(whole).astimezone(dt.UTC):%Y-%m-%d %H}"


def ask(base: str, path: str, method: str = "GET", body: object = None) -> Said:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Accept": "*/*"}
    request = urllib.request.Request(base + path, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return Said(answer.status, answer.headers.get("Content-Type", ""), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Said(error.code, error.headers.get("Content-Type", ""), error.read())


@dataclass(slots=True)
class Pair:
    """Both servers with the same mails. *names* are as they came; *ids* are (theirs, ours)."""

    theirs: str
    ours: str
    names: list[str] = field(default_factory=list)
    ids: dict[str, tuple[str, str]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)

    def ask(self, path: str, method: str = "GET", body: object = None) -> tuple[Said, Said]:
        return ask(self.theirs, path, method, body), ask(self.ours, path, method, body)

    def of(self, name: str, path: str) -> tuple[Said, Said]:
        """What both say of one mail; ``{id}`` in *path* is its id."""
        theirs, ours = self.ids[name]
        return ask(self.theirs, path.replace("{id}", theirs)), ask(self.ours, path.replace("{id}", ours))


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    directory = tmp_path_factory.mktemp("mailpit")
    with Mailpit(directory) as mailpit, Sink() as sink, serve(sink, port=0) as web:
        pair = Pair(mailpit.url, web.url)
        client = Raw()
        for name, sample in corpus().items():
            client.send((sink.host, sink.port), sample, directory)
            try:
                client.send(mailpit.smtp, sample, directory)
            except AssertionError:  # it said no
                pair.lost.add(name)
        matched(pair, sink)
        yield pair


def matched(pair: Pair, sink: Sink) -> None:
    """Find each mail on both sides by a digest of its body and subject, in the order of coming."""
    theirs = json.loads(ask(pair.theirs, "/api/v1/messages?limit=0").body)["messages"][::-1]
    ours = list(sink.everything)
    names = list(corpus())
    kept = [name for name in names if name not in NOT_KEPT_THERE]
    assert len(ours) == len(names)
    pair.lost |= set(names) - set(kept) if len(theirs) == len(kept) else set()
    by_name = dict(zip(names, (message.id for message in ours), strict=True))
    sink.everything.delete([by_name.pop(name) for name in NOT_KEPT_THERE])
    pair.names = kept
    pair.ids = {name: (their["ID"], by_name[name]) for name, their in zip(kept, theirs, strict=True)}


# --- what differs, and is meant to ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference that is meant: *name* says it; the rest says where it is found.

    *where* and *path* are patterns of the operation and of the member; *mails* are the mails by name, and
    *queries* the searches, none for any; *only* is asked of the values.
    """

    name: str
    where: str
    path: str
    mails: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    only: Callable[[Any, Any], bool] = lambda *_: True

    def explains(self, where: str, name: str, path: str, theirs: Any, ours: Any) -> bool:
        return bool(
            re.fullmatch(self.where, where)
            and re.fullmatch(self.path, path)
            and (not self.mails or name in self.mails)
            and (not self.queries or any(name.endswith(f"&query={quote(query)}") for query in self.queries))
            and self.only(theirs, ours)
        )


ABSENT = "(absent)"
BARE = ("all-octets", "bare-cr", "bare-lf", "smuggled", "nul-octets")
SUMMARY = r"(read)?summary"
TEXT = r"message|view\.(txt|html)|(read)?summary"
BODIES = r"\.Text|\.HTML|\.Snippet|body"


DIFFERENCES = (
    Difference("ids are each server's own", rf"message|{SUMMARY}", r"\.ID"),
    Difference("no field is added to the content: it has its own size", rf"message|{SUMMARY}", r"\.Size"),
    Difference(
        "no field is added to the content: it has its own octets",
        "message/raw",
        "body",
        only=lambda theirs, _: theirs.startswith(("Received: ", "Return-Path: ", "Message-ID: ", "Bcc: ")),
    ),
    Difference(
        "no field is added to the content: Received and Return-Path stay those that were sent",
        "message/headers",
        r"\.(Received|Return-Path).*",
    ),
    Difference(
        "no field is added to the content: hidden recipients are told, and not written into it",
        "message/headers",
        r"\.Bcc.*",
        only=lambda _, ours: ours == ABSENT,
    ),
    Difference(
        "no Message-ID is made up",
        rf"message|message/headers|{SUMMARY}",
        r"\.MessageID|\.Message-Id.*",
        only=lambda theirs, _: "@mailpit" in str(theirs) or theirs == 1,
    ),
    Difference(
        "an empty list is a list and not null",
        SUMMARY,
        r"\.(To|Cc|Bcc|ReplyTo)(\.#)?",
        only=lambda theirs, ours: (theirs, ours) in [(None, ABSENT), (ABSENT, 0)],
    ),
    Difference("a message tells whether it is read", "message", r"\.Read"),
    Difference("reading does not mark as read", "readsummary", r"\.Read"),
    Difference(
        "reading does not mark as read: the counts stay",
        r"read(messages|search)",
        r"\.(unread|messages_unread)",
    ),
    Difference(
        "reading does not mark as read: a search for unread mail finds it",
        "readsearch",
        r".*",
        queries=("is:read", "is:unread"),
    ),
    Difference("the null reverse-path stays null", "message", r"\.ReturnPath", ("bounce",)),
    Difference(
        "of HTML alone the text is what a reader sees, a picture's words included",
        TEXT,
        BODIES,
        ("html", "related-inline", "order"),
    ),
    Difference(
        "a picture within the HTML is in it as data:", r"view\.html", "body", ("related-inline", "order")
    ),
    Difference("UTF-8 is read where no charset is named", TEXT, BODIES, ("smtputf8", "broken")),
    Difference(
        "8-bit octets in a field are read", rf"message|message/headers|{SUMMARY}", r"\.Subject.*", ("broken",)
    ),
    Difference("bare line ends and dots behind them stay as they were sent", TEXT, BODIES, BARE),
    Difference(
        "a folded field keeps its white space",
        rf"message|message/headers|{SUMMARY}",
        r"\.Subject.*",
        ("folded-fields",),
    ),
    Difference(
        "of a field of more than 16 KiB the beginning is decoded",
        rf"message|{SUMMARY}",
        r"\.Subject",
        ("long-field",),
    ),
    Difference("a multipart whose boundary does not come is text", TEXT, BODIES, ("boundary-not-there",)),
    Difference("broken base64 is read as far as it goes", TEXT, BODIES, ("base64-broken",)),
    Difference(
        "HTML is not held against a table of mail readers",
        "message/html-check",
        r"\.(Warnings|Platforms|Total).*",
    ),
    Difference(
        "what is no text is an attachment for a search, named or not, and a picture that is shown is not",
        r"(read)?search",
        r".*",
        queries=("has:attachment", "has:attachments -has:inline", "has:inline"),
    ),
    Difference(
        "no field is added to the content: a search by size goes by its own",
        r"(read)?search",
        r".*",
        queries=("larger:1k", "smaller:300"),
    ),
    Difference(
        "each server tells of itself",
        "GET /api/v1/info",
        r"\.(Version|Database|DatabaseSize|Unread|RuntimeStats\..*)",
    ),
    Difference("no spam filter is asked, and that is said", "GET .*/sa-check", ".*"),
    Difference("a sentence about a wrong body is our own", "PUT /api/v1/messages", "body"),
    Difference("an id is each server's own when a mail is sent", "POST /api/v1/send", r"\.ID"),
    Difference(
        "a mail that is sent over HTTP is made in our own way",
        "GET /api/v1/message/latest",
        r"\.(MessageID|Size)",
    ),
    Difference(
        "what was said of lists and messages holds between the operations",
        "GET /api/v1/(messages|message/.*)",
        r"(\.messages\[0\])?\.(ID|Size|Read|Cc|Bcc|Cc\.#|Bcc\.#)",
    ),
    Difference("a body that cannot be read deletes nothing", "DELETE /api/v1/messages", "status|body"),
    Difference(
        "a body that cannot be read deletes nothing: the mails are still there",
        "GET /api/v1/messages",
        r"\.(total|count|messages_count|messages.*)",
        only=lambda theirs, _: theirs in (0, ABSENT),
    ),
    Difference("% is no wildcard", r"(read)?search", r".*", queries=("subject:%",)),
)


def compare(where: str, name: str, theirs: Said, ours: Said) -> Iterator[tuple[str, str, str, Any, Any]]:
    left, right = theirs.json, ours.json
    for path in {**left, **right}:
        if left.get(path, ABSENT) != right.get(path, ABSENT):
            yield where, name, path, left.get(path, ABSENT), right.get(path, ABSENT)


QUERIES = (
    "subject:order",
    "subject:Rechnung",
    "from:shop@example.com",
    "to:grace",
    "cc:copy@example.org",
    "bcc:hidden",
    "reply-to:help",
    "addressed:copy",
    "addressed:hidden@example.org",
    "has:attachment",
    "has:attachments -has:inline",
    "has:inline",
    "is:read",
    "is:unread",
    "is:tagged",
    "larger:1k",
    "smaller:300",
    "message-id:a1@mta.shop.example",
    "after:2020-01-01",
    "before:2020-01-01",
    '"your receipt"',
    "receipt -subject:receipt",
    "!from:shop@example.com",
    "code 117204",
    "ご注文ありがとうございます",
    "tag:nothing",
    "subject:%",
    "subject:under_score",
)


def collected(pair: Pair) -> Iterator[tuple[str, str, str, Any, Any]]:
    """Every difference between the answers of both."""
    # The lists come first: there, reading a mail marks it.
    yield from compared_lists(pair)
    for name in pair.names:
        for path in ("", "/headers", "/raw", "/html-check", "/part/9", "/part/9/thumb"):
            yield from compare(f"message{path}", name, *pair.of(name, f"/api/v1/message/{{id}}{path}"))
        for suffix in ("html", "txt"):
            yield from compare(f"view.{suffix}", name, *pair.of(name, f"/view/{{id}}.{suffix}"))
        yield from compared_parts(pair, name)
    yield from compared_lists(pair, "read")


def compared_lists(pair: Pair, when: str = "") -> Iterator[tuple[str, str, str, Any, Any]]:
    searches = (f"search?limit=1000&query={quote(query)}" for query in QUERIES)
    for path in ("messages?limit=1000", "messages?start=10&limit=5", "search?query=order&limit=2", *searches):
        theirs, ours = (json.loads(said.body) for said in pair.ask(f"/api/v1/{path}"))
        for said, side in ((theirs, 0), (ours, 1)):
            names = {ids[side]: name for name, ids in pair.ids.items()}
            said["mails"] = [names[item["ID"]] for item in said.pop("messages")]
        where = f"{when}{path.partition('?')[0]}"
        yield from compare(where, path, as_said(theirs), as_said(ours))
    whole = (json.loads(said.body)["messages"] for said in pair.ask("/api/v1/messages?limit=1000"))
    for name, their, our in zip(pair.names[::-1], *whole, strict=True):
        yield from compare(f"{when}summary", name, as_said(their), as_said(our))


def as_said(value: Any) -> Said:
    return Said(200, "application/json", json.dumps(value).encode())


def compared_parts(pair: Pair, name: str) -> Iterator[tuple[str, str, str, Any, Any]]:
    theirs, ours = (json.loads(said.body) for said in pair.of(name, "/api/v1/message/{id}"))
    numbers = {part["PartID"] for said in (theirs, ours) for part in (*said["Inline"], *said["Attachments"])}
    for number in sorted(numbers):
        yield from compare("part", name, *pair.of(name, f"/api/v1/message/{{id}}/part/{number}"))


OPERATIONS: tuple[tuple[str, str, object], ...] = (
    ("GET", "/api/v1/info", None),
    ("GET", "/api/v1/webui", None),
    ("PUT", "/api/v1/tags", {"Tags": ["one", "Two  words!", "ONE"], "IDs": ["{plain}", "{html}"]}),
    ("GET", "/api/v1/tags", None),
    ("GET", "/api/v1/message/{plain}", None),
    ("PUT", "/api/v1/tags/one", {"Name": "three"}),
    ("PUT", "/api/v1/tags/three", {"Name": "Two words"}),
    ("PUT", "/api/v1/tags/nothing", {"Name": "x"}),
    ("PUT", "/api/v1/tags", {"Tags": [], "IDs": ["{html}"]}),
    ("GET", "/api/v1/tags", None),
    ("DELETE", "/api/v1/tags/three", None),
    ("DELETE", "/api/v1/tags/nothing", None),
    ("GET", "/api/v1/tags", None),
    ("GET", "/api/v1/chaos", None),
    ("PUT", "/api/v1/chaos", {"Sender": {"ErrorCode": 550, "Probability": 5}}),
    ("GET", "/api/v1/chaos", None),
    ("PUT", "/api/v1/chaos", {"Recipient": {"ErrorCode": 399, "Probability": 5}}),
    ("PUT", "/api/v1/chaos", {"Recipient": {"ErrorCode": 451, "Probability": 101}}),
    ("PUT", "/api/v1/chaos", {}),
    ("PUT", "/api/v1/messages", {"Read": True, "IDs": ["{plain}"], "Search": "x"}),
    ("PUT", "/api/v1/messages", {"Read": True, "IDs": ["{plain}"]}),
    ("PUT", "/api/v1/messages", {"Read": False, "Search": "subject:order"}),
    ("PUT", "/api/v1/messages", {"Read": "yes"}),
    ("PUT", "/api/v1/messages", {"Read": True}),
    ("GET", "/api/v1/search?query=is:unread", None),
    ("GET", "/api/v1/search", None),
    ("DELETE", "/api/v1/search", None),
    ("GET", "/api/v1/message/nothing", None),
    ("GET", "/api/v1/message/nothing/headers", None),
    ("GET", "/api/v1/message/nothing/raw", None),
    ("GET", "/api/v1/message/nothing/html-check", None),
    ("GET", "/api/v1/message/nothing/link-check", None),
    ("GET", "/api/v1/message/{plain}/sa-check", None),
    ("GET", "/api/v1/message/latest?query=subject:nothing-like-it", None),
    ("GET", "/api/v1/message/{composed-0}/link-check", None),
    ("GET", "/view/nothing.html", None),
    ("GET", "/view/nothing.txt", None),
    ("GET", "/view/latest.txt", None),
    ("POST", "/api/v1/send", {"From": {"Email": "a@example.com"}, "To": [{"Email": "nobody"}]}),
    ("POST", "/api/v1/send", {"From": {"Email": "a@example.com"}, "Headers": {"Subject": "x"}}),
    (
        "POST",
        "/api/v1/send",
        {
            "From": {"Email": "shop@example.com", "Name": "Shop"},
            "To": [{"Email": "ada@example.org", "Name": "Ada"}],
            "Bcc": ["hidden@example.org"],
            "Subject": "Sent over HTTP",
            "Text": "Hello",
            "HTML": "<p>Hello</p>",
            "Tags": ["sent"],
            "Attachments": [{"Filename": "a.txt", "Content": "d29yZHM="}],
        },
    ),
    ("GET", "/api/v1/message/latest", None),
    ("DELETE", "/api/v1/search?query=tag:sent", None),
    # With an id that is not there as well, Mailpit 1.30.5 answers this and then nothing any more.
    ("DELETE", "/api/v1/messages", {"IDs": ["{plain}", "{html}"]}),
    ("GET", "/api/v1/messages?limit=1", None),
    ("DELETE", "/api/v1/messages", ["no", "ids"]),
    ("GET", "/api/v1/messages?limit=1", None),
    ("DELETE", "/api/v1/messages", None),
    ("GET", "/api/v1/messages", None),
)


def compared_operations(pair: Pair) -> Iterator[tuple[str, str, str, Any, Any]]:
    """One after another, so that each sees what the ones before it did."""
    for number, (method, path, body) in enumerate(OPERATIONS):
        said = []
        for side, base in enumerate((pair.theirs, pair.ours)):
            text = json.dumps([path, body])
            for name, ids in pair.ids.items():
                text = text.replace(f"{{{name}}}", ids[side])
            own_path, own_body = json.loads(text)
            said.append(ask(base, own_path, method, own_body))
        yield from compare(f"{method} {path.partition('?')[0]}", f"{number} {path}", *said)


@pytest.fixture(scope="module")
def found(pair):
    """All that differs between the answers of both: operation, mail or search, member, theirs, ours."""
    return [*collected(pair), *compared_operations(pair)]


def test_mails_that_mailpit_refuses_or_loses_are_kept_here(pair):
    assert pair.lost == NOT_KEPT_THERE
    assert len(pair.names) == 100


def test_every_difference_is_meant(found):
    unexplained = [each for each in found if not any(meant.explains(*each) for meant in DIFFERENCES)]

    for where, name, path, theirs, ours in unexplained:
        print(f"{where}, {name}: {path} is {str(theirs)[:100]!r} there, {str(ours)[:100]!r} here")
    assert unexplained == []


@pytest.mark.parametrize("meant", DIFFERENCES, ids=lambda meant: meant.name)
def test_a_difference_that_is_meant_is_there(found, meant):
    assert any(meant.explains(*each) for each in found), "both say the same: strike it from the list"


def test_mailpits_own_commands_work_with_this_server(tmp_path):
    def run(*words, **more):
        return subprocess.run([program(), *words], check=True, capture_output=True, timeout=20, **more).stdout

    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "one.eml").write_bytes(
        b"From: shop@example.com\nTo: ada@example.org\nSubject: One\n\nHi\n"
    )
    with Sink() as sink, serve(sink, port=0) as web:
        smtp = f"{sink.host}:{sink.port}"
        run("readyz", "--listen", f"{web.host}:{web.port}")
        run("readyz", "--listen", f"{web.host}:{web.port}", "--webroot", "/mailpit")
        run("ingest", "--smtp-addr", smtp, str(tmp_path / "box"))
        run(
            "sendmail", "-S", smtp, "-f", "shop@example.com", "eve@example.org", input=b"Subject: Two\n\nHi\n"
        )
        run("dump", "--http", web.url, str(tmp_path / "dump"))

        found = [*sink.everything]

    assert [(each.subject, each.envelope.forward_paths) for each in found] == [
        ("One", ("ada@example.org",)),
        ("Two", ("eve@example.org",)),
    ]
    for each in found:
        assert (tmp_path / "dump" / f"{each.id}.eml").read_bytes() == each.content

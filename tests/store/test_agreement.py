"""Both stores find the same: random queries over random mail, with the index full, empty or half full."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keeping import index_all, keep, older_index, on_writer
from messages import RECEIVED_AT, message

from mailsink.errors import QueryError
from mailsink.model import Auth, Tls
from mailsink.query import All, AnyOf, Not, Query, query_of
from mailsink.query_text import parse
from mailsink.store import Store, indexer, leftovers, open_store
from mailsink.store.sqlite import SQLiteStore

WORDS = (
    "welcome",
    "Welc",
    "code",
    "482913",
    "Größe",
    "grosse",
    "of_it",
    "100%",
    "ご注文",
    "shop",
    "a",
    "x-y",
)
WORD = st.sampled_from(WORDS)
TEXT = st.lists(WORD, max_size=5).map(" ".join)
ADDRESS = st.sampled_from(
    (
        "ada@example.org",
        "bob@shop.example",
        "Bob@Shop.Example",
        '"a b"@example.org',
        "postmaster",
        "größe@bücher.example",
        "x@xn--bcher-kva.example",
    )
)
NAMED = st.sampled_from(("", "Ada L", "The Shop", "Größe")).flatmap(
    lambda name: ADDRESS.map(lambda address: f"{name} <{address}>" if name else address)
)
FILE = st.sampled_from(("invoice.pdf", "logo.png", "a[1].txt", "Größe.pdf"))


def with_files(subject: str, text: str, names: list[str]) -> bytes:
    parts = [f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}"]
    parts += [
        f'Content-Type: image/png\r\nContent-Disposition: attachment; filename="{n}"\r\n\r\nx' for n in names
    ]
    body = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return f"Subject: {subject}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{body}--b--\r\n".encode()


def octets(subject: str, fields: dict[str, str], text: str, html: str) -> bytes:
    lines = [f"Subject: {subject}", *(f"{name}: {value}" for name, value in fields.items() if value)]
    kind = "text/html" if html else "text/plain"
    lines += [
        f"Content-Type: {kind}; charset=utf-8",
        "",
        f"<p>{text} <a href='{html}'>link</a>" if html else text,
    ]
    return "\r\n".join(lines).encode()


CONTENT = st.builds(
    octets,
    TEXT,
    st.fixed_dictionaries(
        {
            "From": NAMED,
            "To": NAMED,
            "Cc": st.just("") | NAMED,
            "Reply-To": st.just("") | NAMED,
            "Bcc": st.just("") | NAMED,
            "Message-ID": st.sampled_from(("", "<1@shop.example>", "<2@shop.example>")),
            "X-Job": st.just("") | WORD,
        }
    ),
    TEXT | st.just("Your code is 482 913, see https://shop.example/welcome/code?x=y"),
    st.sampled_from(("", "", "https://shop.example/reset/482913")),
)
STATE = st.fixed_dictionaries(
    {
        "inbox": st.sampled_from(("default", "shop")),
        "read": st.booleans(),
        "starred": st.booleans(),
        "tags": st.lists(st.sampled_from(("Red", "red tag", "ÜBER")), max_size=2).map(tuple),
        "received_at": st.integers(-5, 5).map(lambda days: RECEIVED_AT + dt.timedelta(days=days)),
        "auth": st.sampled_from((None, Auth("PLAIN", "shop"))),
        "tls": st.sampled_from((None, Tls(mode="starttls", version="TLSv1.3", cipher="x"))),
    }
)
MESSAGE = st.builds(
    lambda rcpt, reverse_path, content, state: message(
        rcpt=rcpt, reverse_path=reverse_path, octets=content, state=state
    ),
    st.lists(ADDRESS, max_size=2),
    st.just("") | ADDRESS,
    CONTENT,
    STATE,
) | st.builds(
    lambda subject, text, names, state: message(octets=with_files(subject, text, names), state=state),
    TEXT,
    TEXT,
    st.lists(FILE, max_size=2),
    STATE,
)

VALUE = (
    WORD
    | ADDRESS
    | st.sampled_from(("@", "e", "om", "l 4", "%", "_", "pdf", "[1]", "example.org", "482 913"))
    | st.sampled_from(("c", "co", "cod", "4", "g", "gr", "ß", "o.", "注", "文注", "e-", "wel"))
)
FIELDS = [
    "",
    "from:",
    "to:",
    "cc:",
    "bcc:",
    "reply-to:",
    "addressed:",
    "rcpt:",
    "sender:",
    "subject:",
    "body:",
]
FIELDS += ["link:", "attachment:", "message-id:", "header:X-Job:", "header:Subject:"]
TERM = st.builds(
    lambda field, value, quoted, star: f'{field}"{value}"' if quoted else f"{field}{value}{'*' * star}",
    st.sampled_from(FIELDS),
    VALUE.map(lambda value: value.replace('"', "")),
    st.booleans(),
    st.booleans(),
) | st.sampled_from(
    [f"has:{word}" for word in ("attachment", "bcc", "code", "html", "image", "link", "text", "calendar")]
    + ["is:read", "is:unread", "is:starred", "is:bounce", "is:tagged", "tag:red", "tag:über", "inbox:shop"]
    + [
        "inbox:none",
        "larger:200",
        "smaller:300",
        "larger:99999999999g",
        "before:2026-11-25",
        "after:2026-11-23",
    ]
    + ["header:X-Job", "header:Cc", "sender:<>", "id:x"]
)
SEARCH = st.recursive(
    TERM,
    lambda inner: st.builds(
        lambda a, b, way: way.format(a, b),
        inner,
        inner,
        st.sampled_from(("({} {})", "({} OR {})", "-({} {})", "(-{} {})")),
    ),
    max_leaves=6,
)


def read(text: str) -> Query | None:
    try:
        return parse(text, now=lambda: RECEIVED_AT)
    except QueryError:
        return None


WORDED = st.one_of(
    st.builds(
        lambda word, value: query_of(**{word: value}),
        st.sampled_from(("rcpt", "sender", "to", "cc", "bcc", "from_", "reply_to")),
        ADDRESS
        | st.sampled_from(("@example.org", "@bücher.example", "@xn--bcher-kva.example", "bob@", None, True)),
    ),
    st.builds(
        lambda word, value: query_of(**{word: value}),
        st.sampled_from(("text", "body", "html", "link", "subject")),
        TEXT | VALUE,
    ),
    st.builds(
        lambda value: query_of(attachment=value),
        st.sampled_from(("*.pdf", "invoice*", "a[1].txt", "?ogo*", "*")),
    ),
    st.builds(lambda value: query_of(code=value), st.sampled_from(("482913", "1"))),
    st.builds(lambda value: query_of(auth_user=value), st.sampled_from(("shop", None, True))),
    st.builds(lambda value: query_of(tls=value), st.sampled_from(("starttls", True, False))),
    st.builds(lambda value: query_of(header={"X-Job": value}), WORD | st.none() | st.just(True)),
    st.just(query_of(where=lambda m: m.size % 2 == 0)),
    st.just(query_of(inbox="shop")),
)
QUERY = SEARCH.map(read).filter(lambda query: query is not None) | st.recursive(
    WORDED,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda q: All(tuple(q)))
        | st.lists(inner, max_size=3).map(lambda q: AnyOf(tuple(q)))
        | inner.map(Not)
    ),
    max_leaves=4,
)


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, SQLiteStore]]:
    monkeypatch.setattr(leftovers, "MANY", 1)
    monkeypatch.setattr(leftovers, "SLICE", 2)
    with closing(open_store("memory")) as memory, closing(open_store(str(tmp_path / "mail.db"))) as file:
        assert isinstance(file, SQLiteStore)
        yield memory, file


def answers(store: Store, query: Query, inbox: str | None) -> object:
    found = []
    before: str | None = ""
    while before is not None:
        page = store.page(query=query, inbox=inbox, limit=3, before=before)
        found += [summary.id for summary in page.summaries]
        before = page.next
    scanned = [m.id for m in store.scan(query=query, inbox=inbox)]
    newest = [m.id for m in store.scan(query=query, inbox=inbox, newest_first=True)]
    return found, scanned, newest, store.counts(query=query, inbox=inbox)


@given(
    st.lists(MESSAGE, max_size=7),
    st.lists(MESSAGE, max_size=2),
    st.lists(QUERY, min_size=1, max_size=6),
    st.lists(st.integers(0, 6), max_size=2),
    st.none() | st.integers(0, 7),
    st.none() | st.integers(0, 3),
)
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_both_stores_find_the_same(stores, indexed, waiting, queries, gone, renewed, swept):
    """*renewed* of an index of an older version are as a new one has them; ``None``: it is a new one.

    Of an inbox that was cleared as many slices are *swept* away; ``None``: none was cleared.
    """
    memory, file = stores
    for store in stores:
        store.clear()
        keep(store, *indexed)
    with nullcontext() if renewed is None else older_index():
        index_all(file)
    for _ in range(renewed or 0):
        on_writer(file, lambda c: indexer.renew(c, lambda: True, most=1))
    if swept is not None:
        for store in stores:
            store.clear(inbox="shop")
        for _ in range(swept):
            on_writer(file, lambda c: leftovers.sweep(c, lambda: True))
    for store in stores:
        keep(store, *waiting)
        store.delete([m.id for n, m in enumerate(indexed) if n in gone])
        store.mark([m.id for m in indexed[3:5]], read=True, tags=("Red", "late"))

    for query in queries:
        for inbox in (None, "shop"):
            assert answers(file, query, inbox) == answers(memory, query, inbox), query

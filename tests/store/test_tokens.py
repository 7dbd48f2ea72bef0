"""A message as tokens, and the expressions that find them, in a table of their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import message

from mailsink.conditions import KINDS, SOURCES
from mailsink.message import Message
from mailsink.query_fields import HAS
from mailsink.store.indexer import create
from mailsink.store.tokens import (
    FACTS,
    PIECES,
    PROSE,
    fact,
    guard,
    header_fact,
    piece,
    prose,
    size_fact,
    tokens_of,
)

FULL = message(
    rcpt=("alice@example.org", "audit@shop.example"),
    subject="Größe: 100% of_it",
    sender="The Shop <noreply@shop.example>",
    to="Alice <alice@example.org>",
    headers={"X-Job": "17", "Message-ID": "<1@shop.example>"},
    text="The annual report\r\nof https://shop.example/reset/abc",
    html="<p>Seen once</p>",
    files=(("invoice.pdf", "application/pdf", b"%PDF"),),
)


tables = ExitStack()


@pytest.fixture(autouse=True, scope="module")
def _close_tables() -> Iterator[None]:
    with tables:
        yield


def table(*messages: Message) -> sqlite3.Connection:
    connection = tables.enter_context(closing(sqlite3.connect(":memory:")))
    create(connection, 1)
    for number, each in enumerate(messages, 1):
        connection.execute("INSERT INTO words_1 (rowid, tokens) VALUES (?, ?)", (number, tokens_of(each, 7)))
    return connection


def found(connection: sqlite3.Connection, expression: str) -> bool:
    return bool(connection.execute("SELECT 1 FROM words_1 WHERE words_1 MATCH ?", (expression,)).fetchall())


@pytest.fixture(scope="module")
def full() -> sqlite3.Connection:
    return table(FULL)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("subject", "grosse"),
        ("subject", "0% of_"),
        ("subject", "t"),
        ("from_named", "the shop"),
        ("from_named", "@shop.example"),
        ("sender", "noreply@shop.example"),
        ("to_named", "ALICE"),
        ("rcpt", "alice@"),
        ("rcpt", "audit"),
        ("bcc", "audit"),
        ("attachment_name", ".pdf"),
        ("message_id", "1@shop"),
        ("anywhere", "invoice"),
    ],
)
def test_a_piece_of_a_short_field_is_found(full, source: str, text: str):
    expression, exact = piece(text, PIECES[source])

    assert exact
    assert found(full, expression)


@pytest.mark.parametrize(
    ("source", "text"),
    [("to_named", "shop"), ("cc_named", "a"), ("subject", "of it"), ("sender", "the"), ("bcc", "alice")],
)
def test_what_is_in_another_field_is_not_found(full, source: str, text: str):
    assert not found(full, piece(text, PIECES[source])[0])


def test_a_piece_at_a_word_is_the_beginning_of_one(full):
    assert found(full, piece("gro", "s", at_word=True)[0])
    assert found(full, piece("g", "s", at_word=True)[0])
    assert not found(full, piece("rosse", "s", at_word=True)[0])


def test_words_follow_each_other_in_one_text(full):
    assert found(full, prose("annual report of", PROSE["body"])[0])
    assert found(full, prose("annual rep", PROSE["body"], prefix=True)[0])
    assert not found(full, prose("annual rep", PROSE["body"])[0])
    assert not found(full, prose("abc seen", PROSE["body"])[0])
    assert found(full, prose("reset/abc", PROSE["link"])[0])


@pytest.mark.parametrize("text", ["", " ", "\0"])
def test_nothing_can_be_found_without_a_character(text: str):
    assert piece(text, "s") == ("", True)
    assert prose("%", "w") == ("", True)


def test_a_very_long_text_is_found_by_its_beginning():
    long = "word " * 100

    assert piece(long, "s")[1] is False
    assert prose(long, "w")[1] is False


def test_facts_are_there(full):
    for name in ("attachment", "bcc", "html", "link", "subject"):
        assert found(full, fact(name))
    for name in ("calendar", "code", "reply_to", "tls"):
        assert not found(full, fact(name))
    assert found(full, size_fact(FULL.size))
    assert found(full, f'"{header_fact("x-JOB")}"')
    assert not found(full, f'"{header_fact("X-Jo")}"')


def test_every_word_after_has_is_a_fact():
    assert set(HAS) <= FACTS <= set(SOURCES)


TEXT = st.text(st.sampled_from(list('abcé.@% "\\*_-ご注ßS\u0301\ue000\ud800\0')), max_size=12)


@given(TEXT, TEXT, st.booleans())
def test_the_index_finds_what_the_reference_finds(value: str, text: str, at_word: bool):
    held = message(reverse_path=value, octets=b"")
    expression, _ = piece(text, PIECES["sender"], at_word=at_word)

    expected = KINDS["prefix" if at_word else "contains_caseless"](text, (value,))

    assert (expression != "" and found(table(held), expression)) == expected


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("noreply7@", '("fly7" OR "gly7")'),
        ("jazz", '("fazz" OR "gazz")'),
        ("the sea", '("fthe" OR "gthe")'),
        ("abc", ""),
        ("@", ""),
        ("", ""),
    ],
)
def test_the_guard_of_a_phrase_is_its_rarest_token(text: str, expression: str):
    assert guard(text, "fg") == expression


@given(st.text("shop@.7é \t", max_size=8), st.text("shop@.7é \t", max_size=8))
def test_whatever_a_phrase_finds_fulfils_its_guard(text: str, more: str):
    connection = table(message(subject=f"{more}{text}{more}"))
    expression, (phrase, _) = guard(text, "s"), piece(text, "s")

    if expression and found(connection, phrase):
        assert found(connection, expression)

"""What of a query is said in expressions; that both stores find the same is in test_agreement."""

from __future__ import annotations

import pytest
from messages import RECEIVED_AT

from mailsink.query import EVERYTHING, AnyOf, query_of
from mailsink.query_text import MAX_DEPTH, MAX_TERMS, parse
from mailsink.store.codec import encode_time
from mailsink.store.translate import Index, Plan, plan_of


def plan(text: str) -> Plan:
    return plan_of(parse(text, now=lambda: RECEIVED_AT), Index({"shop": 7}.get))


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("body:report", '("wreport")'),
        ("subject:abcd", '("sabc sbcd")'),
        ("subject:ab", '("sab" *)'),
        ("has:attachment", "xhasattachment"),
        ("is:bounce", "(xall NOT xhassender)"),
        ("inbox:shop", "xin7"),
        ("-body:report", '(xall NOT ("wreport"))'),
        ("body:a OR body:b", '(("wa") OR ("wb"))'),
        ("body:a body:b", '(("wa") AND ("wb"))'),
    ],
)
def test_what_the_index_knows_is_asked_of_it_alone(text: str, match: str):
    assert plan(text) == Plan(match=match)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("is:unread", "m.read = 0"),
        ("-is:unread", "NOT (m.read = 0)"),
        ("is:starred", "m.starred = 1"),
        ("inbox:none", "0"),
        ("is:read OR is:starred", "(m.read = 1 OR m.starred = 1)"),
    ],
)
def test_what_changes_is_asked_of_the_messages(text: str, where: str):
    assert plan(text) == Plan(where=where)


def test_times_bound_what_is_looked_at():
    moment = encode_time(RECEIVED_AT)

    assert plan("after:2026-11-24T14:30").since == moment
    assert plan("before:2026-11-24T14:30").until == moment - 1


def test_a_choice_between_both_is_asked_of_the_messages():
    found = plan("is:read OR body:a")

    assert found.where == "(m.read = 1 OR m.seq IN (SELECT rowid FROM {words} WHERE {words} MATCH ?))"
    assert found.parameters == ('("wa")',)


@pytest.mark.parametrize(
    "query",
    [
        query_of(rcpt="a@example.org"),
        query_of(subject="Welcome"),
        query_of(body="a longer text"),
        query_of(attachment="*.pdf"),
        query_of(code="123456"),
        query_of(header={"X-Job": "17"}),
    ],
)
def test_what_callers_ask_is_narrowed_and_then_asked_about(query):
    found = plan_of(query, Index({}.get))

    assert found.match
    assert not found.exact


@pytest.mark.parametrize(
    "query",
    [
        query_of(where=bool),
        query_of(html="x"),
        query_of(text="word"),
        query_of(rcpt="größe@example.org"),
        query_of(rcpt='"a b"@example.org'),
        query_of(rcpt="a@xn--bcher-kva.example"),
        query_of(attachment="a[1]*"),
        query_of(helo="x"),
        ~query_of(subject="Welcome"),
    ],
)
def test_what_cannot_be_narrowed_is_asked_about_every_message(query):
    assert plan_of(query, Index({}.get)) == Plan(exact=False)


def test_everything_and_nothing():
    assert plan_of(EVERYTHING, Index({}.get)) == Plan()
    assert plan_of(AnyOf(()), Index({}.get)) == Plan(where="0")
    assert plan_of(~EVERYTHING, Index({}.get)) == Plan(where="0")


def test_a_query_at_its_bounds_can_be_run(tmp_path):
    from contextlib import closing

    from keeping import index_all, keep
    from messages import message

    from mailsink.store import open_store

    deep = "a"
    for level in range(MAX_DEPTH):
        deep = f"({deep} {('OR b', 'c')[level % 2]})" if level % 3 else f"(-{deep})"
    wide = " OR ".join(["word"] * MAX_TERMS)
    with closing(open_store(str(tmp_path / "mail.db"))) as store:
        (added,) = keep(store, message(text="word"))
        index_all(store)

        assert [m.id for m in store.scan(query=parse(wide))] == [added.id]
        assert len(list(store.scan(query=parse(deep)))) == parse(deep).matches(added)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("is:unread inbox:none", Plan(where="0")),
        ("is:unread (inbox:none OR inbox:nowhere)", Plan(where="0")),
        ("is:unread -(-inbox:none)", Plan(where="0")),
        ("is:unread -inbox:none", Plan(where="m.read = 0")),
        ("is:unread OR inbox:none", Plan(where="(m.read = 0)")),
    ],
)
def test_what_is_never_so_is_not_asked(text: str, found: Plan):
    """SQLite uses no index for a condition that is plainly false, and says so by an error."""
    assert plan(text) == found

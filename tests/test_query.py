"""Queries as Python callers write them. Each test sends one message, that matches or does not."""

import re
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import message

from mailsink.model import Auth, Reply, Tls
from mailsink.query import EVERYTHING, All, AnyOf, Not, Term, query_of

PDF = ("invoice.pdf", "application/pdf", b"%PDF-1.7")
TEXT_FILE = ("notes.txt", "text/plain", b"two  words")
STARTTLS = Tls(mode="starttls", version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384")

FULL = message(
    rcpt=("alice@example.org", "bob@example.org", "audit@shop.example"),
    refused={"gone@example.org": Reply(550, "No such user", "5.1.1")},
    subject="Reset your password",
    sender="Shop <noreply@shop.example>",
    to="Alice <alice@example.org>",
    headers={
        "Cc": "bob@example.org",
        "Reply-To": "help@shop.example",
        "Message-ID": "<1@shop.example>",
        "X-Job": "17",
    },
    text="Choose a new\r\npassword: https://shop.example/reset/abc\r\nYour code is 482 913.",
    html="<p>Choose a <b>new</b> password</p>",
    files=(PDF, TEXT_FILE),
    state={
        "inbox": "shop",
        "auth": Auth("PLAIN", "shop"),
        "tls": STARTTLS,
        "greeting": "app.example.org",
        "tags": ("reset",),
    },
)
BARE = message(rcpt=(), reverse_path="", subject=None, to="", text=None)


def stable(words: dict[str, object]) -> str:
    """A test's name that is the same in every process."""
    if any(isinstance(value, set) for value in words.values()):
        return f"a set of {' '.join(words)}"
    return re.sub(r" at 0x\w+|'8\w{21}'", "", repr(words))


@pytest.mark.parametrize(
    "words",
    [
        {"rcpt": "bob@example.org"},
        {"rcpt": "bob@EXAMPLE.org"},
        {"rcpt": "<bob@example.org>"},
        {"rcpt": "@example.org"},
        {"rcpt": ["bob@example.org", "alice@example.org"]},
        {"rcpt": {"bob@example.org", "alice@example.org"}},
        {"rcpt": ("bob@example.org", re.compile("^audit"))},
        {"rcpt": re.compile("^bob")},
        {"rcpt": lambda path: path.startswith("bob")},
        {"rcpt": ANY},
        {"rcpt": True},
        {"sender": "noreply@shop.example"},
        {"to": "alice@example.org"},
        {"cc": "bob@example.org"},
        {"bcc": "audit@shop.example"},
        {"from_": "noreply@shop.example"},
        {"reply_to": "help@shop.example"},
        {"subject": "Reset your password"},
        {"subject": re.compile("reset", re.I)},
        {"subject": str.isprintable},
        {"text": "new password"},
        {"html": "<b>new</b>"},
        {"body": "Choose a new password"},
        {"body": re.compile(r"\d{3} \d{3}")},
        {"link": "/reset/"},
        {"link": re.compile(r"/reset/\w+$")},
        {"link": True},
        {"code": "482913"},
        {"code": "482-913"},
        {"attachment": "*.pdf"},
        {"attachment": "invoice.pdf"},
        {"attachment": re.compile("^invoice")},
        {"attachment": ["*.pdf", "*.txt"]},
        {"attachment": {"filename": "*.pdf", "content_type": "Application/PDF"}},
        {"attachment": {"content_type": "application/*", "content": b"%PDF-1.7"}},
        {"attachment": {"content": re.compile(b"^%PDF")}},
        {"attachment": {"content": "two words"}},
        {"attachment": lambda part: part.size == 8},
        {"attachment": True},
        {"header": {"x-job": "17"}},
        {"header": {"X-Job": re.compile(r"\d+"), "X-Other": None}},
        {"header": {"X-Job": True}},
        {"inbox": "shop"},
        {"where": lambda m: m.size > 10},
        {"auth_user": "shop"},
        {"tls": True},
        {"tls": "starttls"},
        {"helo": "app.example.org"},
        {"message_id": "1@shop.example"},
        {"message_id": "<1@shop.example>"},
        {"id": FULL.id},
        {},
    ],
    ids=stable,
)
def test_a_message_matches(words):
    assert query_of(**words).matches(FULL)


@pytest.mark.parametrize(
    "words",
    [
        {"rcpt": "Bob@example.org"},
        {"rcpt": "ob@example.org"},
        {"rcpt": "gone@example.org"},
        {"rcpt": "@sub.example.org"},
        {"rcpt": ["bob@example.org", "carol@example.org"]},
        {"rcpt": None},
        {"sender": ""},
        {"to": "bob@example.org"},
        {"cc": "alice@example.org"},
        {"bcc": "alice@example.org"},
        {"from_": "Shop"},
        {"subject": "reset your password"},
        {"subject": "Reset"},
        {"text": "<b>new</b>"},
        {"text": "New Password"},
        {"text": ""},
        {"html": None},
        {"link": "/verify/"},
        {"code": "123456"},
        {"attachment": "*.PDF"},
        {"attachment": {"filename": "*.txt", "content_type": "application/pdf"}},
        {"attachment": False},
        {"header": {"X-Job": "1"}},
        {"header": {"X-Job": None}},
        {"header": {"X-Other": ANY, "X-Job": "18"}},
        {"where": lambda m: not m.id},
        {"auth_user": None},
        {"tls": False},
        {"tls": "implicit"},
        {"subject": "Reset your password", "rcpt": "carol@example.org"},
    ],
    ids=stable,
)
def test_a_message_does_not_match(words):
    assert not query_of(**words).matches(FULL)


@pytest.mark.parametrize(
    "words",
    [
        {"sender": ""},
        {"sender": "<>"},
        {"sender": None},
        {"rcpt": None},
        {"to": None},
        {"text": ""},
        {"subject": ""},
        {"attachment": None},
        {"link": False},
        {"auth_user": None},
        {"tls": False},
        {"header": {"Subject": None}},
    ],
    ids=stable,
)
def test_what_is_not_there_can_be_asked_for(words):
    assert query_of(**words).matches(BARE)


class Between:
    """A value whose ``==`` decides, as dirty-equals and mock.ANY have it."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __eq__(self, other):
        return isinstance(other, str) and self.low <= other <= self.high

    __hash__ = None


def test_any_other_value_is_compared_by_its_own_equality():
    assert query_of(subject=Between("Q", "S")).matches(FULL)
    assert not query_of(subject=Between("A", "B")).matches(FULL)


def test_equality_may_be_with_the_list_of_all_values():
    class TwoOfThem:
        def __eq__(self, other):
            return isinstance(other, list) and len(other) == 2

        __hash__ = None

    assert query_of(attachment=TwoOfThem()).matches(FULL)
    assert not query_of(to=TwoOfThem()).matches(FULL)


def test_a_class_is_compared_not_called():
    class Meta(type):
        def __eq__(cls, other):
            return other == "Reset your password"

        __hash__ = type.__hash__

    class Matcher(metaclass=Meta):
        def __init__(self, *_):
            raise AssertionError

    assert query_of(subject=Matcher).matches(FULL)


def test_an_error_in_a_predicate_is_the_callers():
    with pytest.raises(ZeroDivisionError):
        query_of(where=lambda m: m.size / 0).matches(FULL)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (
            {"subjct": "x"},
            (
                "subjct is not a known word; did you mean subject? Known are: attachment, auth_user, bcc,"
                " body, cc, code, from_, header, helo, html, id, inbox, link, message_id, rcpt, reply_to,"
                " sender, subject, text, tls, to, where."
            ),
        ),
        ({"code": 123456}, "code: 123456 equals no text; give '123456'"),
        ({"subject": b"Hi"}, "subject: b'Hi' equals no text; give 'Hi'"),
        ({"header": {"X-Try": 2}}, "header X-Try: 2 equals no text; give '2'"),
        (
            {"header": {1: "x"}},
            "header={1: 'x'}: 1 is no field's name; give header={'Name': value}",
        ),
        ({"rcpt": []}, "rcpt is empty; give at least one value, or None for a message that has none"),
        ({"tls": "smtps"}, "tls='smtps' is not known; give True, False, 'starttls' or 'implicit'"),
        ({"where": "x"}, "where='x' cannot be called; give a function of the message"),
        ({"header": "X-Job"}, "header='X-Job' is not a mapping; give header={'Name': value}"),
        (
            {"attachment": {"name": "x"}},
            (
                "name is not a known key of attachment; did you mean filename?"
                " Known are: content, content_type, filename."
            ),
        ),
        ({"attachment": {"filename": ["a", "b"]}}, "filename of attachment is a list; give one value"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_can_mean_nothing_is_refused(words, text):
    with pytest.raises(TypeError) as caught:
        query_of(**words)

    assert str(caught.value) == text


def test_no_words_are_everything():
    assert query_of() == EVERYTHING


def test_a_query_is_flat_data():
    query = query_of(rcpt=["a@example.org", "b@example.org"], header={"X-Job": "17"})

    assert query == All(
        (
            Term(field="rcpt", source="rcpt", kind="address", expected="a@example.org"),
            Term(field="rcpt", source="rcpt", kind="address", expected="b@example.org"),
            Term(field="header", source="header", kind="is", expected="17", name="X-Job"),
        )
    )


def test_a_term_tells_what_it_looked_at():
    query = query_of(rcpt="x@example.org", header={"X-Job": "18"})

    assert [term.actual(FULL) for term in query.queries] == [
        ("alice@example.org", "bob@example.org", "audit@shop.example"),
        ("17",),
    ]


def test_how_it_was_written_takes_no_part_in_equality():
    assert All((), written="a") == All((), written="b")


YES, NO = EVERYTHING, AnyOf(())
TREES = st.recursive(
    st.sampled_from([YES, NO]),
    lambda inner: (
        st.builds(Not, inner)
        | st.lists(inner, max_size=3).map(lambda queries: All(tuple(queries)))
        | st.lists(inner, max_size=3).map(lambda queries: AnyOf(tuple(queries)))
    ),
    max_leaves=8,
)


@given(TREES, TREES)
def test_operators_mean_what_they_say(a, b):
    assert (a & b).matches(BARE) == (a.matches(BARE) and b.matches(BARE))
    assert (a | b).matches(BARE) == (a.matches(BARE) or b.matches(BARE))
    assert (~a).matches(BARE) == (not a.matches(BARE))


def test_operators_keep_queries_flat():
    a, b, c = (query_of(id=letter).queries[0] for letter in "abc")

    assert a & b & c == All((a, b, c))
    assert a | b | c == AnyOf((a, b, c))
    assert EVERYTHING & a == a
    assert ~~a == a

"""The tables of a query's sources and kinds, through the search language that uses most of them."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import RECEIVED_AT, message

from mailsink.conditions import KINDS, SOURCES, caseless, folded
from mailsink.query import Term
from mailsink.query_text import parse

INVITATION = ("invite.ics", "text/calendar", b"BEGIN:VCALENDAR")
PICTURE = ("logo.png", "image/png", b"\x89PNG")

FULL = message(
    rcpt=("alice@example.org", "audit@shop.example"),
    subject="Größe: 100% of_it",
    sender="The Shop <noreply@shop.example>",
    to="Alice Liddell <alice@example.org>",
    headers={"Cc": "bob@example.org", "Reply-To": "Help <help@shop.example>", "X-Job": "Nightly 17"},
    text="See https://shop.example/reset/abc, your code is 482 913.",
    html="<p>A <b>bold</b> offer</p>",
    files=(INVITATION, PICTURE),
    state={"tags": ("Red Tag",), "read": True, "starred": True, "inbox": "shop"},
)
BARE = message(rcpt="bob@example.org", reverse_path="", subject=None, to="", text="x")


def matches(text, found=FULL):
    return parse(text, now=lambda: RECEIVED_AT).matches(found)


@pytest.mark.parametrize(
    "text",
    [
        "GRÖSSE",
        "100%",
        "of_it",
        '"the shop"',
        "liddell",
        "audit@shop",
        "help@",
        "bold",
        '"a bold offer"',
        "invite.ics",
        "482",
        "lidd*",
        "@shop*",
        "from:shop",
        'from:"the shop"',
        "from:NOREPLY",
        "to:alice",
        "cc:bob",
        "bcc:audit",
        "reply-to:help",
        "addressed:audit",
        "rcpt:audit@",
        "sender:noreply",
        "subject:größe",
        "body:offer",
        "link:/reset/",
        "attachment:*.ics",
        "header:x-job",
        "header:X-Job:nightly",
        'header:X-Job:"nightly 17"',
        "has:attachment",
        "has:bcc",
        "has:calendar",
        "has:code",
        "has:html",
        "has:image",
        "has:link",
        "has:text",
        "is:read",
        "is:starred",
        "is:tagged",
        'tag:"red tag"',
        "inbox:shop",
        pytest.param(f"id:{FULL.id}", id="id:ID"),
        "larger:100",
        "smaller:1m",
        "before:2026-11-25",
        "after:2026-11-24",
        "after:30m",
        "after:2026-11-24T14:30",
        "-is:unread -from:bob (nothing OR bold)",
    ],
)
def test_the_search_finds(text):
    assert matches(text)


@pytest.mark.parametrize(
    "text",
    [
        "1000",
        "100_",
        "ofxit",
        "iddell*",
        "from:alice",
        "to:bob",
        "cc:alice",
        "bcc:alice",
        "rcpt:bob",
        "sender:<>",
        "header:X-Other",
        "header:X-Job:weekly",
        "has:inline",
        "is:unread",
        "is:bounce",
        "tag:red",
        "inbox:sho",
        "id:x",
        "larger:1m",
        f"larger:{FULL.size}",
        f"smaller:{FULL.size}",
        "before:2026-11-24T14:30",
        "after:2026-11-25",
        "bold -offer",
    ],
)
def test_the_search_does_not_find(text):
    assert not matches(text)


TEXT = message(
    subject="Ihre Rechnung",
    text="The annual report, page 7: a snake_case word. ご注文",
    html="<p>Crème <b>brûlée</b></p>",
)


@pytest.mark.parametrize(
    "text",
    [
        "report",
        "rep*",
        '"annual report"',
        '"report page"',
        "body:annual",
        "body:CREME",
        "brulee",
        "snake",
        "snake_case",
        "注文",
        "echnun",
        "subject:hnung",
        '"hre rech"',
        "-eport",
    ],
)
def test_texts_are_searched_by_words_and_short_fields_by_pieces(text):
    assert matches(text, TEXT)


@pytest.mark.parametrize(
    "text", ["eport", "body:repor", '"annual rep"', '"report annual"', "7:b", ":", "hnung*"]
)
def test_a_piece_of_a_word_in_a_text_is_not_found(text):
    assert not matches(text, TEXT)


@pytest.mark.parametrize("text", ["sender:<>", "is:bounce", "-has:html", "-has:attachment", "-is:read"])
def test_what_is_missing_can_be_searched_for(text):
    assert matches(text, BARE)


def test_a_part_may_be_inline():
    assert matches(
        "has:inline",
        message(
            octets=b"Content-Type: multipart/related; boundary=b\r\n\r\n"
            b"--b\r\nContent-Type: text/html\r\n\r\n<img src='cid:a'>\r\n"
            b"--b\r\nContent-Type: image/png\r\nContent-ID: <a>\r\nContent-Disposition: inline\r\n\r\nx\r\n"
            b"--b--\r\n"
        ),
    )


def test_composed_and_decomposed_letters_are_one():
    assert caseless("Gro\u0308\u00dfe") == caseless("GRÖSSE") == "grösse"


@given(st.text())
def test_folded_text_is_stable_and_has_no_runs_of_space(text):
    assert folded(folded(text)) == folded(text)
    assert "  " not in folded(text)


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_reads_a_message_of_nothing(source):
    assert isinstance(SOURCES[source](message(rcpt=(), octets=b"")), tuple)


@pytest.mark.parametrize("kind", ["present", "absent"])
def test_nothing_is_absent(kind):
    assert KINDS[kind](None, ()) is (kind == "absent")
    assert KINDS[kind](None, ("",)) is (kind == "absent")


def test_a_name_with_brackets_is_found_by_itself():
    assert KINDS["glob"]("report[1].pdf", ("report[1].pdf",))


def test_times_are_compared_across_zones():
    moment = RECEIVED_AT.astimezone(dt.timezone(dt.timedelta(hours=9)))
    term = Term(field="after", source="received_at", kind="at_least", expected=moment)

    assert term.matches(FULL)


@pytest.mark.parametrize(
    ("pattern", "value"),
    [("^Gr", "Größe"), (b"^Gr", "Gr\udcf6\ud800"), ("^Gr", b"Gr\xf6"), (b"^Gr", b"Gr\xf6")],
)
def test_a_pattern_of_text_and_one_of_octets_search_both(pattern, value):
    assert KINDS["pattern"](re.compile(pattern), (value,))

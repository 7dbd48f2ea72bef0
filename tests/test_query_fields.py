"""What a field of the search language means, and what is wrong after it."""

import datetime as dt
import zoneinfo

import pytest

from mailsink.query import Term
from mailsink.query_fields import FIELDS, HAS, IS, FieldError, nearest_field, term_of

NOW = dt.datetime(2026, 11, 24, 14, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))


def term(field, value, *, quoted=False, now=NOW):
    return term_of(field, value, quoted=quoted, now=lambda: now)


@pytest.mark.parametrize(
    ("field", "source"),
    [
        ("from", "from_named"),
        ("to", "to_named"),
        ("cc", "cc_named"),
        ("bcc", "bcc"),
        ("reply-to", "reply_to_named"),
        ("addressed", "addressed"),
        ("rcpt", "rcpt"),
        ("sender", "sender"),
        ("subject", "subject"),
        ("body", "body"),
        ("link", "link"),
        ("attachment", "attachment_name"),
        ("message-id", "message_id"),
    ],
)
def test_a_value_is_contained_in_any_case(field, source):
    assert term(field, "Bob") == Term(field=field, source=source, kind="contains_caseless", expected="Bob")


def test_a_star_asks_for_the_beginning_of_a_word():
    assert term("subject", "inv*") == Term(field="subject", source="subject", kind="prefix", expected="inv")


@pytest.mark.parametrize(
    ("field", "kind"),
    [("tag", "is_caseless"), ("inbox", "is"), ("id", "is")],
)
def test_names_are_whole(field, kind):
    assert term(field, "a*") == Term(field=field, source=field, kind=kind, expected="a*")


def test_the_brackets_of_a_message_id_may_be_there():
    assert term("message-id", "<a@example.org>") == term("message-id", "a@example.org")


def test_empty_brackets_are_the_null_sender():
    assert term("sender", "<>") == Term(field="sender", source="sender", kind="absent")


def test_a_header_field_is_there_or_contains_a_value():
    there = Term(field="header", source="header", kind="present", name="X-Job")
    contains = Term(field="header", source="header", kind="contains_caseless", expected="a:b", name="X-Job")

    assert term("header", "X-Job") == there
    assert term("header", "X-Job:a:b") == contains


@pytest.mark.parametrize("name", HAS)
def test_each_has_is_the_presence_of_something(name):
    assert term("has", name.upper()) == Term(field="has", source=name, kind="present")


def test_has_takes_plurals():
    assert term("has", "attachments") == term("has", "attachment")
    assert term("has", "inlines") == term("has", "inline")


@pytest.mark.parametrize(
    ("name", "source", "kind"),
    [
        ("bounce", "sender", "absent"),
        ("read", "read", "present"),
        ("starred", "starred", "present"),
        ("tagged", "tag", "present"),
        ("unread", "read", "absent"),
    ],
)
def test_each_is_is_a_state(name, source, kind):
    assert name in IS
    assert term("is", name) == Term(field="is", source=source, kind=kind)


@pytest.mark.parametrize(
    ("value", "octets"),
    [("0", 0), ("412", 412), ("10k", 10_240), ("10KB", 10_240), ("1.5m", 1_572_864), ("1GiB", 1_073_741_824)],
)
def test_sizes_are_in_octets_with_units_of_1024(value, octets):
    assert term("larger", value) == Term(field="larger", source="size", kind="greater", expected=octets)
    assert term("smaller", value) == Term(field="smaller", source="size", kind="less", expected=octets)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-20", "2026-11-19T23:00+00:00"),
        ("2026/11/20", "2026-11-19T23:00+00:00"),
        ("2026-11-20T14:30", "2026-11-20T13:30+00:00"),
        ("2026-11-20 14:30", "2026-11-20T13:30+00:00"),
        ("2026-11-20T14:30Z", "2026-11-20T14:30+00:00"),
        ("2026-11-20T14:30-05:00", "2026-11-20T19:30+00:00"),
        ("today", "2026-11-23T23:00+00:00"),
        ("Yesterday", "2026-11-22T23:00+00:00"),
        ("90s", "2026-11-24T13:28:30+00:00"),
        ("30m", "2026-11-24T13:00+00:00"),
        ("12h", "2026-11-24T01:30+00:00"),
        ("3d", "2026-11-21T13:30+00:00"),
        ("2w", "2026-11-10T13:30+00:00"),
    ],
)
def test_times_without_a_zone_are_in_the_zone_of_now(value, moment):
    expected = dt.datetime.fromisoformat(moment)

    assert term("after", value).expected == expected
    assert term("after", value).kind == "at_least"
    assert term("before", value).expected == expected
    assert term("before", value).kind == "less"


def test_a_day_begins_by_the_rules_of_its_season():
    now = NOW.astimezone(zoneinfo.ZoneInfo("Europe/Paris"))

    assert term("after", "2026-07-01", now=now).expected == dt.datetime(2026, 6, 30, 22, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("field", "value", "text", "more", "hint"),
    [
        (
            "has",
            "zebra",
            "has:zebra is not known",
            "has: knows attachment, bcc, calendar, code, html, image, inline, link, text.",
            "",
        ),
        ("is", "unred", "is:unred is not known", "Did you mean is:unread?", "unread"),
        ("larger", "big", "big is not a size", "Write octets, or k, m or g: larger:10k.", ""),
        ("smaller", "-1", "-1 is not a size", "Write octets, or k, m or g: smaller:2m.", ""),
        (
            "before",
            "noon",
            "noon is not a time",
            "Write 2026-11-24, 2026-11-24T14:30, today, yesterday, or how long ago: 30m, 12h, 3d.",
            "",
        ),
        ("header", ":x", "header: has no field name", "Write header:Name:value.", ""),
        (
            "larger",
            "",
            "larger: has no value",
            'Write larger:10k without a space, or "larger:" to search for the word.',
            "",
        ),
        (
            "cc",
            " ",
            "cc: has no value",
            'Write cc:word without a space, or "cc:" to search for the word.',
            "",
        ),
        ("", " ", "There is nothing between the quotes", "", ""),
    ],
)
def test_what_cannot_stand_after_a_field_is_explained(field, value, text, more, hint):
    with pytest.raises(FieldError) as caught:
        term(field, value)

    assert (str(caught.value), caught.value.more, caught.value.hint) == (text, more, hint)


@pytest.mark.parametrize(
    "value", ["999999w", "0001-01-01T00:00+01:00", "9999-12-31T23:59-01:00", "2026-02-30"]
)
def test_a_time_outside_of_the_calendar_is_no_time(value):
    with pytest.raises(FieldError, match="is not a time"):
        term("after", value)


@pytest.mark.parametrize(
    ("name", "field"),
    [("form", "from"), ("subjekt", "subject"), ("tags", "tag"), ("re", ""), ("http", ""), ("order", "")],
)
def test_the_nearest_field_is_a_misspelling_away(name, field):
    assert nearest_field(name) == field


@pytest.mark.parametrize("table", [FIELDS, HAS, IS], ids=["fields", "has", "is"])
def test_each_word_is_described_in_one_line(table):
    assert all(text and "\n" not in text and len(text) < 60 for text in table.values())

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailsink_web.pages.source import MAX_LINES, source
from mailsink_web.values import DefectJSON


def test_fields_boundaries_and_line_ends_are_told_apart():
    shown = source(b"From: a\r\n\tfolded: b\r\n\r\n--x\nname: no\rlast")

    assert [(line.name, line.text, line.end, line.is_edge) for line in shown.lines] == [
        ("From:", " a", "CRLF", False),
        ("", "\tfolded: b", "CRLF", False),
        ("", "", "CRLF", False),
        ("", "--x", "LF", True),
        ("", "name: no", "CR", False),
        ("", "last", "", False),
    ]
    assert shown.odd_ends == (("LF", 1), ("CR", 1))


def test_a_defect_stands_at_its_line():
    defects = [DefectJSON(sentence="one", part="", line=2), DefectJSON(sentence="two", part="", line=2)]

    shown = source(b"A: 1\r\nB: 2\r\n", defects)

    assert [line.notes for line in shown.lines] == [(), ("one", "two")]


def test_octets_that_are_not_utf_8_are_shown_by_number():
    assert source(b"Subject: Caf\xe9").lines[0].text == " Caf\\xe9"


def test_of_very_many_lines_the_first_are_shown():
    shown = source(b"x\r\n" * (MAX_LINES + 5))

    assert (len(shown.lines), shown.total, shown.is_cut) == (MAX_LINES, MAX_LINES + 5, True)


@given(st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\r\n", b":", b" ", b"-", b"\xff"]), max_size=30))
def test_every_line_is_counted_and_none_is_lost(pieces):
    content = b"".join(pieces)

    shown = source(content)

    ends = {"CRLF": b"\r\n", "LF": b"\n", "CR": b"\r", "": b""}
    again = b"".join(
        (line.name + line.text).encode().replace(b"\\xff", b"\xff") + ends[line.end] for line in shown.lines
    )
    assert again == content
    assert shown.total == len(shown.lines)

from __future__ import annotations

from messages import content

from mailsink import mime
from mailsink_web.pages.tree import branches
from mailsink_web.present import MOST_PARTS


def shape(octets):
    return [(b.part.content_type, b.marks, b.icon) for b in branches(mime.parse(octets).root)]


def test_a_tree_draws_what_is_in_what():
    octets = content(html="<p>Hi</p>", files=[("a.png", "image/png", b"x"), ("b.ics", "text/calendar", b"x")])

    assert shape(octets) == [
        ("multipart/mixed", (), "tree"),
        ("multipart/alternative", ("is-turn",), "tree"),
        ("text/plain", ("", "is-turn"), "file"),
        ("text/html", ("", "is-last"), "file"),
        ("image/png", ("is-turn",), "image"),
        ("text/calendar", ("is-last",), "calendar"),
    ]


def test_a_message_of_one_part_is_one_line():
    assert shape(content()) == [("text/plain", (), "file")]


def test_nothing_goes_by_below_a_last_part():
    octets = (
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ny\r\n--b\r\n\r\nz\r\n--b--\r\n--a--\r\n"
    )

    assert [marks for _, marks, _ in shape(octets)] == [
        (),
        ("is-turn",),
        ("is-last",),
        ("is-void", "is-turn"),
        ("is-void", "is-last"),
    ]


def test_of_very_many_parts_the_first_are_drawn():
    octets = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\nx\r\n" * 700 + b"--a--\r\n"

    assert len(shape(octets)) <= MOST_PARTS

"""The MIME tree's edges: boundaries, names, encodings."""

from __future__ import annotations

import pytest

from mailsink.fields import read_fields, read_section
from mailsink.parts import Part, read_tree


def tree(content: bytes) -> Part:
    section = read_section(content)
    return read_tree(content, section, read_fields(content, section))[0]


def multipart(body: bytes, kind: bytes = b"mixed") -> Part:
    return tree(b"Content-Type: multipart/" + kind + b'; boundary="b"\r\n\r\n' + body)


def test_preamble_and_epilogue_are_no_parts():
    root = multipart(
        b"preamble\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b-- \r\nepilogue\r\n--b\r\n\r\nthree"
    )

    assert [part.content() for part in root.children] == [b"one", b"two"]


def test_line_end_before_a_delimiter_is_not_the_parts():
    root = multipart(b"--b\r\n\r\none\r\n\r\n--b\n\ntwo\n--b\r\n\r\n--b--")

    assert [part.content() for part in root.children] == [b"one\r\n", b"two", b""]


def test_longer_line_is_no_delimiter():
    root = multipart(b"--b\r\n\r\n--bc\r\n--b-\r\n-b\r\n --b\r\n--b--")

    assert root.children[0].content() == b"--bc\r\n--b-\r\n-b\r\n --b"


def test_delimiter_of_the_outer_multipart_ends_the_inner():
    root = multipart(
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--"
    )

    assert [(p.number, p.content()) for p in root.walk() if not p.is_multipart] == [
        ("1.1", b"one"),
        ("2", b"two"),
    ]


def test_attached_message_keeps_its_own_delimiters():
    inner = b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\none\r\n--c--"
    root = multipart(b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--")

    assert root.children[0].content() == inner


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        (b'filename="../../etc/passwd"', "passwd"),
        (b'filename="C:\\\\dir\\\\a.txt"', "a.txt"),
        (b"filename*=utf-8''a%E2%80%AEgpj.exe", "agpj.exe"),
        (b"filename*=utf-8''a%00%0D%0Ab", "ab"),
        (b"filename=..", ""),
        (b'filename="' + b"x" * 300 + b'"', "x" * 255),
        (b"", ""),
    ],
)
def test_file_name_is_bare_and_honest(parameter, name):
    assert tree(b"Content-Disposition: attachment; " + parameter + b"\r\n\r\n").filename == name


@pytest.mark.parametrize(
    ("header", "is_attachment", "is_inline"),
    [
        (b"Content-Type: text/plain", False, False),
        (b"Content-Type: text/plain; name=a.txt", True, False),
        (b"Content-Type: text/html\r\nContent-Disposition: attachment", True, False),
        (b"Content-Type: application/pdf", True, False),
        (b"Content-Type: application/pdf\r\nContent-Disposition: inline; filename=a.pdf", True, True),
        (b"Content-Type: application/pdf\r\nContent-Disposition: attachment\r\nContent-ID: <x>", True, True),
        (b"Content-Type: image/png\r\nContent-Disposition: inline\r\nContent-ID: <x>", False, True),
        (b"Content-Type: text/calendar", True, False),
        (b"Content-Type: text/plain\r\nContent-Disposition: x-odd", True, False),
        (b"Content-Type: text/rfc822-headers", True, False),
    ],
)
def test_attachment_and_inline(header, is_attachment, is_inline):
    part = multipart(b"--b\r\n" + header + b"\r\n\r\nx\r\n--b--").children[0]

    assert (part.is_attachment, part.is_inline) == (is_attachment, is_inline)


def test_picture_in_related_is_no_attachment_whatever_it_says():
    head = b"Content-Type: image/png\r\nContent-ID: <x>\r\nContent-Disposition: attachment; filename=x.png"
    root = multipart(b"--b\r\n\r\nhi\r\n--b\r\n" + head + b"\r\n\r\nx\r\n--b--", kind=b"related")

    assert [part.is_attachment for part in root.children] == [False, False]


def test_alternative_is_no_attachment_whatever_its_name():
    html = b"Content-Type: text/html; name=mail.html"
    amp = b"Content-Type: text/x-amp-html"
    invitation = b"Content-Type: text/calendar"
    body = b"".join(b"--b\r\n" + head + b"\r\n\r\nx\r\n" for head in (b"", html, amp, invitation))
    root = multipart(body + b"--b--", kind=b"alternative")

    assert [part.is_attachment for part in root.children] == [False, False, False, True]


def test_type_without_a_semicolon_after_it_still_counts():
    root = tree(b"Content-Type: multipart/mixed\r\n\tboundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--")
    part = tree(b'Content-Type: application/pdf name="a.pdf"; x=y\r\n\r\n')

    assert [child.content() for child in root.children] == [b"x"]
    assert (part.content_type, part.filename) == ("application/pdf", "a.pdf")
    assert part.parameters == (("name", "a.pdf"), ("x", "y"))


@pytest.mark.parametrize(
    ("encoding", "octets", "content"),
    [
        (b"BASE64", b"YWJj", b"abc"),
        (b"quoted-printable", b"a=3Db=\r\nc", b"a=bc"),
        (b"x-uuencode", b"begin 644 x\r\n#86)C\r\n`\r\nend\r\n", b"abc"),
        (b"8bit", b"\xe9", b"\xe9"),
        (b"base64 (of course)", b"YWJj", b"abc"),
        (b"none", b"x", b"x"),
    ],
)
def test_content_is_decoded(encoding, octets, content):
    part = tree(b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + octets)

    assert part.content() == content
    assert part.size == len(content)
    assert part.raw() == octets


def test_html_names_its_own_charset():
    part = tree(b"Content-Type: text/html\r\n\r\n<meta charset='koi8-r'>\xf0")

    assert part.text().endswith("П")


def test_byte_order_mark_is_no_text():
    assert tree(b"Content-Type: text/plain; charset=latin1\r\n\r\n\xef\xbb\xbf\xc3\xbc\r\n").text() == "ü\n"

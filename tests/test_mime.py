"""Content of every kind, well-formed and hostile, read through ``parse``."""

from __future__ import annotations

import datetime as dt
import email
import time
from email.message import EmailMessage
from email.policy import SMTP

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsink.extract import codes, links
from mailsink.mime import Address, Defect, Parsed, clean, parse


def read_all(content: bytes) -> Parsed:
    """Ask *content* for everything there is, and hold that it can be encoded."""
    parsed = parse(content)
    texts: list[object] = [parsed.subject, parsed.message_id, parsed.text, parsed.html, parsed.visible_text]
    texts += [parsed.snippet, repr(parsed), parsed.date]
    texts += [(f.name, f.value, f.raw) for f in parsed.fields]
    for name in ("from_", "sender", "to", "cc", "bcc", "reply_to"):
        texts += [(a.name, a.address) for a in getattr(parsed, name)]
    for part in parsed.root.walk():
        texts += [part.text(), part.content(), part.size, part.number, part.content_type, part.charset]
        texts += [part.disposition, part.filename, part.content_id, part.encoding, part.parameters]
        texts += [(f.name, f.value, f.raw) for f in part.fields]
        assert parsed.part(part.number) is part
        assert not (part.is_multipart and (part.is_attachment or part.is_inline))
    texts += [(d.sentence, d.part, d.line) for d in parsed.defects]
    texts += [(x.url, x.text, x.kind) for x in links(parsed)]
    texts += [(x.value, x.shown, x.context) for x in codes(parsed)]
    msgspec.json.encode(texts)
    return parsed


def mail(*lines: str | bytes) -> bytes:
    return b"\r\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)


def rich() -> bytes:
    """A mail with alternatives, a related picture, a calendar, a PDF and an attached message."""
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("inside\n")
    message = EmailMessage(policy=SMTP)
    message["From"] = "Zoë <zoe@example.org>"
    message["To"] = "a@example.org, Böb <b@example.com>"
    message["Subject"] = "Grüße aus Köln, " * 10
    message["Date"] = "Tue, 24 Nov 2026 04:29:02 -0800"
    message["Message-ID"] = "<1@example.org>"
    message.set_content("Hello\nwörld\n")
    message.add_alternative('<p>Hello <img src="cid:logo"></p>', subtype="html")
    message.get_payload()[1].add_related(b"GIF", "image", "gif", cid="<logo>", filename="logo.gif")
    message.add_attachment(b"%PDF", "application", "pdf", filename="Rechnung ü.pdf")
    message.add_attachment("BEGIN:VCALENDAR\n", subtype="calendar", disposition="inline")
    message.add_attachment(inner)
    return message.as_bytes()


# --- what a tester asks for --------------------------------------------------------------------------


def test_fields_are_decoded_and_the_raw_value_is_beside_them():
    parsed = parse(
        mail("Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=", " =?utf-8?q?_Welt?=", "X-A: 1", "x-a: 2", "", "body")
    )

    assert parsed.fields[0].value == "Grüße Welt"
    assert parsed.fields[0].raw == " =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?q?_Welt?="
    assert parsed.headers("X-A") == ("1", "2")
    assert parsed.header("none", "default") == "default"


def test_wellknown_fields_have_their_own_names():
    parsed = read_all(rich())

    assert parsed.subject == ("Grüße aus Köln, " * 10).strip()
    assert parsed.from_ == (Address("Zoë", "zoe@example.org"),)
    assert parsed.to == (Address("", "a@example.org"), Address("Böb", "b@example.com"))
    assert parsed.cc == parsed.bcc == parsed.sender == parsed.reply_to == ()
    assert parsed.date == dt.datetime(2026, 11, 24, 12, 29, 2, tzinfo=dt.UTC)
    assert parsed.message_id == "<1@example.org>"


def test_bodies_are_the_first_text_and_the_first_html():
    parsed = parse(rich())

    assert parsed.text == "Hello\nwörld\n"
    assert parsed.html.startswith("<p>Hello ")
    assert parsed.snippet == "Hello wörld"


def beside(*parts: tuple[str, str], kind: str = "mixed") -> bytes:
    """A multipart of these parts: header fields and body."""
    lines = [line for head, body in parts for line in ("--b", head, "", body)]
    return mail(f"Content-Type: multipart/{kind}; boundary=b", "", *lines, "--b--")


TEXT, HTML, PDF = "Content-Type: text/plain", "Content-Type: text/html", "Content-Type: application/pdf"


def test_bodies_around_a_file_follow_each_other():
    parsed = parse(beside((TEXT, "Before"), (PDF, "%PDF"), (TEXT, "After")))
    page = parse(beside((HTML, "<p>Before</p>"), (PDF, "%PDF"), (HTML, "<p>After</p>")))

    assert parsed.text == "Before\nAfter"
    assert page.html == "<p>Before</p>\n<p>After</p>"
    assert page.visible_text == "Before\n\nAfter"


def test_of_alternatives_and_of_related_parts_one_is_the_body():
    alternatives = parse(beside((TEXT, "one"), (TEXT, "two"), (HTML, "<p>three"), kind="alternative"))
    related = parse(beside((HTML, "<p>one"), (TEXT, "two"), kind="related"))

    assert (alternatives.text, alternatives.html) == ("one", "<p>three")
    assert (related.text, related.html) == ("", "<p>one")


def test_named_text_to_be_shown_in_place_is_the_text_where_there_is_no_other():
    shown = (f"{TEXT}\r\nContent-Disposition: inline; filename=a.txt", "shown")

    assert parse(beside(shown, (PDF, "%PDF"))).text == "shown"
    assert parse(beside((TEXT, "text"), shown)).text == "text"
    assert [part.filename for part in parse(beside(shown)).attachments] == ["a.txt"]


def test_footer_after_an_html_body_does_not_hide_it():
    parsed = parse(beside((HTML, "<p>Hello"), (TEXT, "-- \r\nthe list")))

    assert parsed.text == "-- \nthe list"
    assert parsed.visible_text == "Hello\n-- \nthe list"
    assert parsed.snippet == "Hello -- the list"


def test_html_beside_a_text_is_not_said_twice():
    assert parse(beside((TEXT, "Hello"), (HTML, "<p>Hello"))).visible_text == "Hello"


def test_tree_is_numbered_as_in_imap():
    numbers = [(part.number, part.content_type, part.depth) for part in parse(rich()).root.walk()]

    assert numbers == [
        ("", "multipart/mixed", 0),
        ("1", "multipart/alternative", 1),
        ("1.1", "text/plain", 2),
        ("1.2", "multipart/related", 2),
        ("1.2.1", "text/html", 3),
        ("1.2.2", "image/gif", 3),
        ("2", "application/pdf", 1),
        ("3", "text/calendar", 1),
        ("4", "message/rfc822", 1),
    ]


def test_files_are_attachments_and_shown_pictures_are_inline():
    parsed = parse(rich())

    assert [(p.number, p.filename) for p in parsed.attachments] == [
        ("2", "Rechnung ü.pdf"),
        ("3", ""),
        ("4", ""),
    ]
    assert [(p.number, p.content_id) for p in parsed.inline] == [("1.2.2", "logo"), ("3", "")]


def test_attached_message_can_be_parsed_again():
    part = parse(rich()).part("4")

    assert part is not None
    assert parse(part.content()).subject == "inner"


def test_message_without_parts_is_part_one():
    parsed = parse(mail("Subject: x", "", "body"))

    assert [p.number for p in parsed.parts] == ["1"]
    assert parsed.part("1") is parsed.root
    assert parsed.part("2") is None
    assert parsed.text == "body"


def test_html_alone_gives_visible_text():
    parsed = parse(mail("Content-Type: text/html", "", "<style>x</style><p>Hi <b>you</b></p><p>Bye</p>"))

    assert parsed.text == ""
    assert parsed.visible_text == "Hi you\n\nBye"


def test_html_text_is_there_beside_a_text_body():
    parsed = parse(rich())

    assert parsed.html_text == "Hello"
    assert parse(mail("Subject: x", "", "y")).html_text == ""


def test_blank_text_gives_way_to_html():
    parsed = parse(
        mail(
            "Content-Type: multipart/alternative; boundary=b", "", "--b", "", " ", "--b",
            "Content-Type: text/html", "", "<p>Hi</p>", "--b--",
        )
    )  # fmt: skip

    assert parsed.visible_text == "Hi"


def test_snippet_is_one_short_line_without_padding():
    parsed = parse(mail("Content-Type: text/html", "", "<p>Pre\u200c\u034f</p>" + "<p>word</p>" * 100))

    assert parsed.snippet.startswith("Pre word word")
    assert 150 < len(parsed.snippet) <= 160
    assert parsed.snippet.endswith("…")


def test_other_text_as_the_only_part_is_the_text():
    assert parse(mail("Content-Type: text/markdown", "", "# Hi")).text == "# Hi"


def test_attachment_alone_is_no_body():
    parsed = parse(mail("Content-Type: text/plain", "Content-Disposition: attachment", "", "file"))

    assert parsed.text == ""
    assert parsed.attachments == parsed.parts


def test_named_text_body_is_still_the_body():
    assert parse(mail('Content-Type: text/plain; name="message.txt"', "", "hi")).text == "hi"


def test_digest_holds_messages():
    parsed = parse(
        mail("Content-Type: multipart/digest; boundary=b", "", "--b", "", "Subject: x", "", "y", "--b--")
    )

    assert parsed.parts[0].content_type == "message/rfc822"
    assert parse(parsed.parts[0].content()).subject == "x"


def test_fields_do_not_need_the_body():
    parsed = parse(mail("Subject: x", "", "y"))

    assert parsed.subject == "x"
    assert "_tree" not in vars(parsed)


# --- against the standard library, on mails that it reads well ----------------------------------------

_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=60)


@settings(max_examples=60, deadline=None)
@given(
    text=_TEXTS,
    subject=_TEXTS.map(lambda s: " ".join(s.split())),
    files=st.lists(st.binary(max_size=200), max_size=3),
)
def test_reads_what_the_standard_library_writes(text, subject, files):
    message = EmailMessage(policy=SMTP)
    message["From"] = "a@example.org"
    message.set_content(text)
    for octets in files:
        message.add_attachment(octets, "application", "octet-stream", filename="f.bin")
    content = message.as_bytes()

    parsed = read_all(content)

    expected = [part for part in email.message_from_bytes(content).walk() if not part.is_multipart()]
    assert [p.content() for p in parsed.attachments] == files
    assert parsed.parts[0].content() == expected[0].get_payload(decode=True)
    assert [p.content_type for p in parsed.parts] == [part.get_content_type() for part in expected]
    assert parsed.text == text.replace("\r\n", "\n") + "\n"
    assert parsed.defects == ()


# --- hostile -----------------------------------------------------------------------------------------

HOSTILE = {
    "empty": b"",
    "line end": b"\r\n",
    "nul": b"\0",
    "no header section": b"hello\r\nworld",
    "header only": b"Subject: x",
    "8-bit header": b"Subject: caf\xe9\r\nFrom: \xff\xfe\r\n\r\n",
    "first line continues": b" x\r\nSubject: y\r\n\r\nz",
    "mbox line": b"From a@b Mon\r\nSubject: y\r\n\r\nz",
    "address without domain": b"From: a@\r\nTo: <[foo]@bar\r\nMessage-ID: <[foo]@bar\r\n\r\n",
    "encoded crlf": b"From: =?utf-8?q?a=0D=0ABcc:_x?= <a@b>\r\nSubject: =?utf-8?q?=00=0D=0Ax?=\r\n\r\n",
    "date": b"Date: Tue, 24 Nov 99999999999999 04:29:02 +9999\r\n\r\n",
    "date zone": b"Date: 1 Jan 0001 00:00:00 +2359\r\n\r\n",
    "comments": b"From: " + b"(" * 5000 + b"\r\n\r\n",
    "charset unknown": b"Content-Type: text/plain; charset=x-none\r\n\r\ncaf\xe9",
    "charset nul": b'Content-Type: text/plain; charset="utf-8\0"\r\n\r\ncaf\xe9',
    "charset idna": b"Content-Type: text/plain; charset=idna\r\n\r\n\xff..",
    "charset undefined": b"Content-Type: text/plain; charset=undefined\r\n\r\n\xff",
    "charset hex": b"Content-Type: text/plain; charset=hex\r\n\r\n\xff",
    "charset unicode-escape": b"Content-Type: text/plain; charset=unicode-escape\r\n\r\n\\ud800 \\q",
    "charset utf-7": b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA- \xff",
    "charset utf-16": b"Content-Type: text/plain; charset=utf-16le\r\n\r\n\x00\xd8a",
    "multipart without boundary": b"Content-Type: multipart/mixed\r\n\r\nhello",
    "boundary never comes": b"Content-Type: multipart/mixed; boundary=b\r\n\r\nhello",
    "boundary empty": b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nhello\r\n----',
    "only a closing boundary": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\nx",
    "same boundary inside": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--",
    "boundary ends header": b"Content-Type: multipart/mixed; boundary=b:c\r\n\r\n"
    b"--b:c\r\nX: y\r\n--b:c\r\n\r\nz\r\n--b:c--",
    "content type": b"Content-Type: \xff; =;;;\"\r\nContent-Disposition: ; filename*=x'y'%ff%\r\n\r\nx",
    "rfc 2231": b"Content-Type: text/plain; name*0*=; name*99999=x; name*=; name**=; *=\r\n\r\nx",
    "filename none": b"Content-Disposition: attachment; filename\r\n\r\nx",
    "base64": b"Content-Transfer-Encoding: base64\r\n\r\nYQ=YQ==Y",
    "quoted-printable": b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=\r\n=Z=0=",
    "uuencode": b"Content-Transfer-Encoding: x-uuencode\r\n\r\n"
    b"begin 644 x\r\n#86)C\r\nzzzzzz\r\n\xff\r\nend\r\n",
    "encoding unknown": b"Content-Transfer-Encoding: \xff\r\n\r\nx",
    "bare cr": b"Subject: a\rBcc: b\r\n\r\nc\rd",
    "surrogates in utf-8": b"Subject: \xed\xa0\x80\r\n\r\n\xed\xa0\x80",
    "character references": b"Content-Type: text/html\r\n\r\n&#"
    + b"9" * 5000
    + b";<a href='&#"
    + b"9" * 5000
    + b"'>",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_content_is_read_without_an_exception(content):
    read_all(content)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_octets_are_read(content):
    read_all(content)


_PIECES = st.sampled_from(
    [
        b"--b",
        b"--b--",
        b"--c",
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\t",
        b"\0",
        b"\xff",
        b"=?utf-8?q?=C3?=",
        b"=?",
        b"?=",
        b'"',
        b";",
        b"<",
        b">",
        b"(",
        b"@",
        b",",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: multipart/related; boundary=c\r\n",
        b"Content-Type: text/html; charset=gb2312\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Disposition: attachment; filename*0*=utf-8''%C3;\r\n filename*1*=%BC\r\n",
        b"From: ",
        b"Subject: ",
        b"<a href=",
        b"<!--",
        b"<script>",
        b"&#1",
        b"code 123456",
        b"https://x.example/",
        b"a",
        b"\r\n\r\n",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=40).map(b"".join))
def test_any_mixture_of_mail_syntax_is_read(content):
    read_all(content)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_mail_is_read(data):
    content = bytearray(_RICH)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=5))

    read_all(bytes(content))


_RICH = rich()


def test_lone_surrogates_are_replaced():
    assert clean("a\ud800b\udfff") == "a\ufffdb\ufffd"


def test_decoded_line_ends_cannot_split_a_field():
    parsed = parse(HOSTILE["encoded crlf"])

    assert parsed.from_[0].name == "a\ufffd\ufffdBcc: x"
    assert parsed.subject == "\ufffd\ufffd\ufffdx"


# --- time: four times the octets may take about four times as long, never sixteen ---------------------

GROWING = {
    "fields": lambda n: b"X: y\r\n" * n,
    "recipients": lambda n: b"To: " + b"A B <a@example.org>,\r\n " * n + b"\r\n\r\n",
    "parameters": lambda n: b"Content-Type: text/plain;" + b"a=b;" * n + b"\r\n\r\n",
    "semicolons": lambda n: b"Content-Type: " + b";" * n + b"\r\n\r\n",
    "rfc 2231 pieces": lambda n: (
        b"Content-Type: text/plain" + b"".join(b";\r\n n*%d*=%%41" % i for i in range(n)) + b"\r\n\r\n"
    ),
    "subject": lambda n: b"Subject: " + b"=?utf-8?q?a?= " * n + b"\r\n\r\n",
    "comments": lambda n: (
        b"From: " + b"(" * n + b"\r\nTo: " + b'"\\"' * n + b"\r\nCc: " + b'<"' * n + b"\r\n\r\n"
    ),
    "parts": lambda n: b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * n,
    "nesting": lambda n: b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(n)
    ),
    "dashes": lambda n: b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" + b"--\n" * n,
    "line": lambda n: b"Subject: x\r\n\r\n" + b"x" * 900 * n,
    "tags": lambda n: b"Content-Type: text/html\r\n\r\n" + b"<a " * n,
    "comments in html": lambda n: b"Content-Type: text/html\r\n\r\n" + b"<!--" * n,
    "padding": lambda n: b"Content-Transfer-Encoding: base64\r\n\r\n" + b"a=" * n,
    "links": lambda n: b"\r\n\r\n" + b"https://x.example/)))) " * n,
    "codes": lambda n: b"\r\n\r\n" + b"code 123456 " * n,
}


def _seconds(content: bytes) -> float:
    started = time.process_time()
    read_all(content)
    return time.process_time() - started


@pytest.mark.parametrize("make", GROWING.values(), ids=GROWING.keys())
def test_time_grows_with_the_octets_and_no_faster(make):
    small, large = make(2000), make(8000)
    # Below 50 ms the clock's grain and the collector decide.
    assert _seconds(large) < 10 * max(_seconds(small), 0.05)


def test_twenty_thousand_recipients_are_all_read():
    parsed = parse(b"To: " + b",\r\n ".join(b"a%d@example.org" % i for i in range(20_000)) + b"\r\n\r\n")

    assert len(parsed.to) == 20_000
    assert parsed.to[-1] == Address("", "a19999@example.org")


def test_more_than_500_parts_are_counted():
    parsed = parse(GROWING["parts"](600))

    assert len(parsed.parts) == 499
    assert Defect("101 more parts are not shown: 500 are the most", "", 1) in parsed.defects


def test_deep_nesting_ends_as_text():
    parsed = parse(GROWING["nesting"](1000))

    assert max(part.depth for part in parsed.parts) == 32
    assert any(
        d.sentence == "Parts are nested deeper than 32; the rest is shown as text" for d in parsed.defects
    )


# --- defects -----------------------------------------------------------------------------------------

FROM = "From: a@example.org"
DEFECTS = [
    ("no header section", b"hello", "There is no header section: the first line is no header field", "", 1),
    (
        "body begins early",
        mail(FROM, "oops", "", "x"),
        "A line in the header section is no header field: the body begins there",
        "",
        2,
    ),
    (
        "continuation first",
        mail(" x", FROM, "", ""),
        "The first line is a continuation line with nothing to continue",
        "",
        1,
    ),
    (
        "byte order mark",
        b"\xef\xbb\xbf" + mail(FROM, "", ""),
        "There is a byte order mark before the header section",
        "",
        1,
    ),
    ("two from", mail(FROM, "from: b@example.org", "", ""), "There is more than one from field", "", 2),
    ("no from", mail("Subject: x", "", ""), "There is no From field", "", 1),
    ("nul", mail(FROM, b"Subject: a\0b", "", ""), "There is a NUL octet in the header section", "", 2),
    ("8-bit", mail(FROM, b"Subject: \xe9", "", ""), "The header section has the 8-bit octet 0xe9", "", 2),
    (
        "long field",
        mail(FROM, "X: " + "x\r\n " * 2500, "", ""),
        "The field X has 10003 octets; 8192 are decoded",
        "",
        2,
    ),
    ("long line", mail(FROM, "", "x", "x" * 999), "A line is longer than 998 octets", "", 4),
    ("bare lf", b"From: a@example.org\r\n\r\na\nb", "A line ends in LF without CR", "", 3),
    ("bare cr", mail(FROM, "", "a\rb"), "There is a CR without LF", "", 3),
    (
        "unknown charset",
        mail(FROM, "Content-Type: text/plain; charset=x-y", "", "a"),
        "The charset x-y is unknown",
        "1",
        4,
    ),
    (
        "no charset",
        mail(FROM, "Content-Transfer-Encoding: 8bit", "", b"\xe9"),
        "A text with 8-bit octets names no charset",
        "1",
        4,
    ),
    (
        "no semicolon",
        mail(FROM, "Content-Type: text/html charset=utf-8", "", "x"),
        "Content-Type has no semicolon after text/html; it is read as if it had one",
        "",
        4,
    ),
    (
        "wrong charset",
        mail(FROM, "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", b"\xe9"),
        "The text is not in its charset utf-8",
        "1",
        5,
    ),
    (
        "7bit",
        mail(FROM, "Content-Type: text/plain; charset=latin1", "", b"a\xe9"),
        "A part that is declared 7bit has 8-bit octets",
        "1",
        4,
    ),
    (
        "base64",
        mail(FROM, "Content-Transfer-Encoding: base64", "", "YWJ"),
        "The base64 text is damaged; it is decoded as far as it goes",
        "1",
        4,
    ),
    (
        "encoding",
        mail(FROM, "Content-Transfer-Encoding: rot13", "", "a"),
        "Content-Transfer-Encoding rot13 is unknown; the octets are shown as they came",
        "1",
        4,
    ),
    (
        "content type",
        mail(FROM, "Content-Type: text", "", "a"),
        "Content-Type text is no type/subtype; the part is read as text/plain",
        "",
        4,
    ),
    (
        "no boundary",
        mail(FROM, "Content-Type: multipart/mixed", "", "a"),
        "A multipart has no boundary; it is shown as text",
        "",
        4,
    ),
    (
        "boundary absent",
        mail(FROM, "Content-Type: multipart/mixed; boundary=b", "", "a"),
        "The boundary of a multipart does not come; it is shown as text",
        "",
        4,
    ),
    (
        "not closed",
        mail(FROM, "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "a"),
        "The closing boundary of a multipart is missing",
        "",
        6,
    ),
    (
        "part without blank line",
        mail(FROM, "Content-Type: multipart/mixed; boundary=b", "", "--b", "X: y", "--b--"),
        "The header section has no blank line after it",
        "1",
        6,
    ),
]


@pytest.mark.parametrize(
    ("content", "sentence", "part", "line"), [case[1:] for case in DEFECTS], ids=[c[0] for c in DEFECTS]
)
def test_defect_says_what_is_wrong_and_where(content, sentence, part, line):
    assert parse(content).defects == (Defect(sentence, part, line),)


def test_a_mail_to_many_is_no_defect_until_not_all_of_them_are_read():
    some = mail(FROM, *("To: ada@example.org,", *[" grace@example.org,"] * 999), "", "")
    many = mail(FROM, *("To: ada@example.org,", *[" grace@example.org,"] * 60_000), "", "")

    assert parse(some).defects == ()
    assert len(parse(some).to) == 1000
    assert [str(defect.sentence) for defect in parse(many).defects] == [
        "The field To has 1260019 octets; 1048576 are decoded"
    ]


@pytest.mark.parametrize(("smtputf8", "number"), [(True, 0), (False, 1)])
def test_utf_8_in_the_header_section_is_what_smtputf8_is_for(smtputf8, number):
    content = mail("From: Jürgen <j@example.org>".encode(), "")

    assert len(parse(content, smtputf8=smtputf8).defects) == number


def test_octets_that_are_no_utf_8_are_a_defect_by_smtputf8_too():
    content = mail("From: Jürgen <j@example.org>".encode("latin-1"), "")

    assert parse(content, smtputf8=True).defects == (
        Defect("The header section has the 8-bit octet 0xfc", "", 1),
    )


def test_long_field_keeps_its_raw_value_and_shows_its_beginning():
    field = parse(mail("X: " + "x" * 10_000, "", "")).fields[0]

    assert len(field.value) == 8191
    assert len(field.raw) == 10_001

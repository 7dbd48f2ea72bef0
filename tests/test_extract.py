"""Links and codes as real kinds of mail carry them."""

from __future__ import annotations

import pytest

from mailsink.extract import Code, Link, codes, links
from mailsink.mime import Parsed, parse


def text_mail(text: str, subject: str = "") -> Parsed:
    return parse(f"Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}".encode())


def html_mail(html: str) -> Parsed:
    return parse(f"Content-Type: text/html; charset=utf-8\r\n\r\n{html}".encode())


def urls(parsed: Parsed) -> list[str]:
    return [link.url for link in links(parsed)]


def values(parsed: Parsed) -> list[str]:
    return [code.value for code in codes(parsed)]


# --- links -------------------------------------------------------------------------------------------


def test_anchor_gives_url_text_and_kind():
    parsed = html_mail('<a href="https://shop.example/c?t=1&amp;u=2"><b>Confirm</b>\n your\tmail</a>')

    assert links(parsed) == (Link("https://shop.example/c?t=1&u=2", "Confirm your mail", "confirm"),)


def test_parameter_that_looks_like_a_character_reference_stays():
    assert urls(html_mail('<a href="https://x.example/?a=1&section=2&copy=3">x</a>')) == [
        "https://x.example/?a=1&section=2&copy=3"
    ]


def test_area_and_picture_have_their_alternative_text():
    parsed = html_mail(
        '<a href="https://x.example/1"><img alt="Shop"></a><area href="https://x.example/2" alt="Map">'
    )

    assert [link.text for link in links(parsed)] == ["Shop", "Map"]


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        " jAvA\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "cid:1",
        "/relative",
        "#top",
        "",
        "file:///x",
    ],
)
def test_what_cannot_be_followed_is_no_link(href):
    assert links(html_mail(f'<a href="{href}">x</a>')) == ()


@pytest.mark.parametrize(
    "href", ["http://x.example", "HTTPS://x.example", "mailto:a@x.example", "tel:+1555", "myapp://open/1"]
)
def test_schemes_that_can_be_followed(href):
    assert urls(html_mail(f'<a href="{href}">x</a>')) == [href]


def test_same_url_comes_once_with_its_first_text():
    parsed = html_mail(
        '<a href="https://x.example"><img></a><a href="https://x.example">Shop</a><a href="https://x.example">B</a>'
    )

    assert links(parsed) == (Link("https://x.example", "Shop", "other"),)


def test_unclosed_and_nested_anchors_are_links_each():
    assert urls(html_mail("<a href=https://x.example/1>a<a href=https://x.example/2>b")) == [
        "https://x.example/1",
        "https://x.example/2",
    ]


def test_links_in_comments_and_scripts_are_none():
    assert (
        links(
            html_mail(
                '<!-- <a href="https://x.example">x</a> --><script>"<a href=https://y.example>"</script>'
            )
        )
        == ()
    )


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("See https://x.example/a.", "https://x.example/a"),
        ("(https://x.example/a)", "https://x.example/a"),
        ("https://x.example/wiki/A_(b)", "https://x.example/wiki/A_(b)"),
        ("<https://x.example/a,b>", "https://x.example/a,b"),
        ("Go: https://x.example/?a=1&b=2#c, now", "https://x.example/?a=1&b=2#c"),
        ("mailto:a@x.example!", "mailto:a@x.example"),
        ("<tel:+1555>", "tel:+1555"),
    ],
)
def test_link_in_text_ends_where_a_reader_would_end_it(text, url):
    assert urls(text_mail(text)) == [url]


@pytest.mark.parametrize("text", ["https://.", "mailto:", "x.https", "https://)))"])
def test_scheme_alone_is_no_link(text):
    assert urls(text_mail(text)) == []


def test_link_in_text_is_named_by_the_words_before_it():
    parsed = text_mail("Hello\n\nReset your password:\nhttps://x.example/1\nBye https://x.example/2")

    assert links(parsed) == (
        Link("https://x.example/1", "Reset your password", "reset"),
        Link("https://x.example/2", "Bye", "other"),
    )


@pytest.mark.parametrize(
    ("url", "text", "kind"),
    [
        ("https://x.example/u", "Unsubscribe", "unsubscribe"),
        ("https://x.example/u", "Newsletter abbestellen", "unsubscribe"),
        ("https://x.example/u", "Passwort zurücksetzen", "reset"),
        ("https://x.example/password/reset/abc", "Click here", "reset"),
        ("https://x.example/u", "E-Mail bestätigen", "confirm"),
        ("https://x.example/verify?t=1", "here", "confirm"),
        ("https://x.example/u", "View in browser", "view"),
        ("https://verify.example/shop", "Shop", "other"),
    ],
)
def test_kind_is_told_by_text_then_path(url, text, kind):
    assert [link.kind for link in links(html_mail(f'<a href="{url}">{text}</a>'))] == [kind]


# --- codes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Your code is 482913.", "482913"),
        ("Your verification code:\n\n482 913\n\nIt expires in 10 minutes.", "482913"),
        ("Code: 482-913", "482913"),
        ("G-482913 is your verification code", "482913"),
        ("Use A7K9Q2 as your one-time code", "A7K9Q2"),
        ("Your login code: ABCD-1234", "ABCD1234"),
        ("Enter this code:\n\n  7 3 1 9 0 2  \n", "731902"),
        ("PIN: 1234", "1234"),
        ("Your OTP is 12345678, do not share it", "12345678"),
        ("Your PIN is 2026", "2026"),
        ("Code:\n\n1999\n", "1999"),
        ("Dein Bestätigungscode lautet 123456", "123456"),
        ("Votre code de vérification est : 123456", "123456"),
        ("Su código es 1234", "1234"),
        ("Il tuo codice è 123456", "123456"),
        ("Код подтверждения: 654321", "654321"),
        ("验证码：482913，5分钟内有效", "482913"),
        ("認証コード: 482913", "482913"),
        ("482913 is your one-time password", "482913"),
        ("code 004213", "004213"),
    ],
)
def test_code_is_found(text, value):
    assert values(text_mail(text))[:1] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "In 2026 we change the code",
        "Your order 48291377 was shipped",
        "Order number: 482913. Use code with care",
        "Your code comes on 2026-11-24 at 10:45:30",
        "Lost your code? Call +1 555 010 9999 or (555) 010-9999",
        "Promo code: SAVE20",
        "Error code 4004 occurred",
        "Zip code 12345",
        "The code costs $1234 or 1234.56 EUR or 1234 EUR",
        "Read about the code at https://x.example/482913 or mail 482913@x.example",
        "The code is sent to 123456789012",
        "Invoice 20261124 for your code",
        "© 2026 Code Shop",
        "482913",
        "Version 4829.13 of the code",
        "The code of our site, its tests and its documentation moved into another building, AB12CD",
        "The code " + "is long and winding " * 10 + "482913",
    ],
)
def test_other_numbers_are_no_codes(text):
    assert values(text_mail(text)) == []


def test_code_in_html_is_found():
    parsed = html_mail("<p>Your code is</p><h1>482&nbsp;913</h1><p>© 2026 Example</p>")

    assert codes(parsed) == (Code("482913", "Your code is 482 913", "482 913"),)


def test_code_in_the_subject_is_found():
    assert codes(text_mail("Welcome", subject="123456 is your login code")) == (
        Code("123456", "123456 is your login code", "123456"),
    )


def test_most_likely_code_comes_first():
    parsed = text_mail(
        "Codes are sent to room 12 or to desk 5555 of the code office.\n\nYour code:\n\n482913\n"
    )

    assert values(parsed)[0] == "482913"


def test_context_is_the_line_of_the_code():
    assert codes(text_mail("Hello\nYour code is  482913.\nBye"))[0].context == "Your code is 482913."


def test_mail_without_body_has_neither():
    parsed = parse(b"")

    assert (links(parsed), codes(parsed)) == ((), ())

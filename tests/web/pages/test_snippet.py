from __future__ import annotations

import pytest

from mailsink_web.pages.snippet import Door, Snippet, pieces

CODE = """{open}open
{login}as {user}:{password}
{plain}plain
{starttls}starttls
{implicit}implicit
{scheme}://{host}:{port} {is_starttls} {is_implicit}"""
SNIPPET = Snippet(id="x", name="X", file="x", comment="#", code=CODE, no="No", yes="Yes")


@pytest.mark.parametrize(
    ("tls", "user", "code"),
    [
        ("none", "", "open\nplain\nsmtp://h:1 No No"),
        ("starttls", "", "open\nstarttls\nsmtp://h:1 Yes No"),
        ("implicit", "ada", "as ada:p\nimplicit\nsmtps://h:1 No Yes"),
    ],
)
def test_lines_are_there_where_they_belong(tls, user, code):
    assert SNIPPET.filled(Door(host="h", port=1, tls=tls, user=user, password="p")) == code


def test_what_is_filled_in_is_not_filled_again():
    door = Door(host="{port}", port=1, user="{password}", password="{user}")

    assert SNIPPET.filled(door).splitlines()[0] == "as {password}:{user}"


def test_pieces_are_the_code_again():
    code = "a = 'x'  # note\nport: 25"

    assert "".join(text for _, text in pieces(code, "#")) == code


def test_strings_numbers_and_comments_are_told_apart():
    assert pieces('a = "x" # note', "#") == [("", "a = "), ("s", '"x"'), ("", " "), ("c", "# note")]
    assert pieces("port: 1025, tls: false", "//") == [
        ("", "port: "),
        ("k", "1025"),
        ("", ", tls: "),
        ("k", "false"),
    ]


def test_an_address_is_no_number():
    assert pieces("HOST=127.0.0.1\nPORT=25", "#") == [("", "HOST=127.0.0.1\nPORT="), ("k", "25")]

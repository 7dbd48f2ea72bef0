from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailsink_web.pages.quoting import MAX_DEPTH, blocks


def kinds(text: str) -> list[tuple[int, bool, str]]:
    return [(b.depth, b.is_signature, "".join(piece for piece, _ in b.pieces)) for b in blocks(text)]


def test_quoted_lines_are_told_from_what_the_author_wrote():
    assert kinds("Yes.\n> Shall we?\n>> Maybe\n> > No\nBye\n") == [
        (0, False, "Yes.\n"),
        (1, False, "> Shall we?\n"),
        (2, False, ">> Maybe\n> > No\n"),
        (0, False, "Bye\n"),
    ]


def test_the_signature_begins_at_its_separator():
    assert kinds("Hi\n-- \nAda\n") == [(0, False, "Hi\n"), (0, True, "-- \nAda\n")]


def test_the_deepest_quotes_look_alike():
    assert [block.depth for block in blocks(">" * 1_000 + " deep")] == [MAX_DEPTH]


def test_links_are_found_within_quotes():
    [block] = blocks("> see https://example.org/x\n")

    assert ("https://example.org/x", "https://example.org/x") in block.pieces


@given(st.text(alphabet="> \t\r\n-ab\u2028", max_size=200))
def test_nothing_is_lost(text):
    assert "".join(words for _, _, words in kinds(text)) == text

from __future__ import annotations

import pytest

from mailsink_web.pages.snippets import DEFAULT, SNIPPETS, pieces


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.id)
def test_a_snippet_names_host_and_port(snippet):
    code = snippet.filled("192.0.2.7", 2525)

    assert "192.0.2.7" in code
    assert "2525" in code
    assert "{host}" not in code
    assert "{port}" not in code


def test_ids_are_unique_and_the_default_is_one():
    ids = [snippet.id for snippet in SNIPPETS]

    assert len(ids) == len(set(ids))
    assert DEFAULT in ids


def test_the_python_snippet_sends(sink):
    snippet = next(s for s in SNIPPETS if s.id == "smtplib")

    exec(compile(snippet.filled(sink.host, sink.port), "send.py", "exec"), {})

    assert sink.inbox.expect(subject="Welcome").envelope.forward_paths == ("ada@example.org",)


def test_pieces_are_the_code_again():
    for snippet in SNIPPETS:
        assert "".join(text for _, text in pieces(snippet.code, snippet.comment)) == snippet.code


def test_strings_numbers_and_comments_are_told_apart():
    assert pieces('a = "x" # note', "#") == [("", "a = "), ("s", '"x"'), ("", " "), ("c", "# note")]
    assert pieces("port: 1025, tls: false", "//") == [
        ("", "port: "),
        ("k", "1025"),
        ("", ", tls: "),
        ("k", "false"),
    ]

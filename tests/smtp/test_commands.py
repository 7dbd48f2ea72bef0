from __future__ import annotations

import pytest

from mailsink.smtp.commands import BEFORE_AUTH, BEFORE_TLS, DEFINED_BY, IDLE, SYNTAX, is_http


@pytest.mark.parametrize("verb", ["GET", "POST", "CONNECT", "HOST:", "HOST:127.0.0.1"])
def test_what_only_a_browser_says_is_http(verb):
    assert is_http(verb)


@pytest.mark.parametrize("verb", [*SYNTAX, "", "HOST", "GETTING"])
def test_what_else_there_is_is_not(verb):
    assert not is_http(verb)


@pytest.mark.parametrize("verbs", [DEFINED_BY, BEFORE_TLS, BEFORE_AUTH, IDLE])
def test_every_command_that_is_spoken_of_has_a_syntax(verbs):
    assert set(verbs) <= set(SYNTAX)


def test_every_syntax_begins_with_its_command():
    assert all(syntax.partition(" ")[0] == verb for verb, syntax in SYNTAX.items())

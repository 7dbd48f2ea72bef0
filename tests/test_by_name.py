from __future__ import annotations

import asyncio
import re

import pytest

import mailsink
from mailsink.by_name import by_name


class Asked:
    @by_name
    def expect(self, *, count: int = 1, **words: object) -> tuple[int, dict[str, object]]:
        """Wait."""
        return count, words


def test_what_is_given_by_name_goes_through():
    assert Asked().expect(count=2, subject="Hello") == (2, {"subject": "Hello"})
    assert (Asked.expect.__name__, Asked.expect.__doc__) == ("expect", "Wait.")


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (("Welcome",), "subject='Welcome'"),
        (("ada@example.org",), "rcpt='ada@example.org'"),
        (("ada@example.org", "Welcome"), "rcpt='ada@example.org', subject='Welcome'"),
        (("One", "Two"), "subject='One'"),
        ((2,), "count=2"),
        ((re.compile("Welcome"),), "subject=re.compile('Welcome')"),
        (({"subject": "Welcome"},), "**{'subject': 'Welcome'}"),
        ((bool,), "where=<class 'bool'>"),
    ],
    ids=["text", "address", "both", "two texts", "number", "pattern", "mapping", "function"],
)
def test_what_is_given_without_its_name_is_told_with_what_to_write(given, written):
    with pytest.raises(TypeError) as caught:
        Asked().expect(*given)

    said = ", ".join(map(repr, given))
    assert str(caught.value) == (f"expect({said}): give conditions by their names, such as expect({written})")


def test_every_verb_that_takes_conditions_says_so():
    with mailsink.serve() as inbox, mailsink.Client("http://127.0.0.1:9") as client:
        inboxes = (inbox, inbox.inbox, client)
        verbs = [getattr(one, verb) for one in inboxes for verb in ("expect", "expect_none")]
        for verb in (*verbs, inbox.attempts):
            with pytest.raises(TypeError, match="give conditions by their names"):
                verb("Welcome")


def test_so_does_every_verb_that_is_awaited():
    async def main(verb):
        await verb("Welcome")

    with mailsink.serve() as inbox:
        client = mailsink.AsyncClient("http://127.0.0.1:9")
        for verb in (inbox.aio.expect, inbox.aio.expect_none, client.expect, client.expect_none):
            with pytest.raises(TypeError, match="give conditions by their names"):
                asyncio.run(main(verb))

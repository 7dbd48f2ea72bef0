from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest
from messages import message


@pytest.fixture
def keep(sink):
    """Keep a message as if it had been sent; its id. Keywords as for `messages.message`."""

    def keep(**parts):
        made = message(**parts)
        sink.store.add(made, lambda _: None)
        return made.id

    return keep


@pytest.fixture
def look(http):
    """A page's HTML; fails when the page is not there."""

    def look(path, **headers):
        answer = http.get(path, **headers)
        assert answer.status == 200, answer.status
        return answer.body.decode()

    return look


@pytest.fixture
def read(look):
    """A page's words, without markup and runs of white space."""

    def read(path):
        main = re.search(r"<main.*?</main>", look(path), re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", main[0])).split())

    return read


@pytest.fixture
def post(http):
    """Send a form; the answer."""

    def post(path, fields, **headers):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return http.ask(
            "POST", path, body=urlencode(fields, doseq=True).encode(), headers={**kind, **headers}
        )

    return post

from __future__ import annotations

import html
import re
import shlex

import pytest

from mailsink_web.api import ALL
from mailsink_web.app import create_app


def requests(page):
    """The lines to try operations by, as the words that a shell makes of them."""
    found = re.findall(r'aria-label="Request of [^"]+"><code>(.*?)</code>', page, re.DOTALL)
    return [shlex.split(html.unescape(line)) for line in found]


def at_once(text):
    """*text* without the time that it would have us wait."""
    return text.replace("timeout=10", "timeout=0").replace('"timeout": 10', '"timeout": 0')


def test_every_operation_is_told_with_its_address(look):
    page = look("/docs")

    assert [o.name for o in ALL if f'<article id="{o.name}"' not in page] == []


def test_every_line_to_try_reaches_the_operation(http, look, sink, web):
    lines = requests(look("/docs"))

    assert len(lines) == len(ALL) + 1  # one takes two kinds of bodies
    for words in lines:
        method = words[words.index("-X") + 1] if "-X" in words else "GET"
        (url,) = (word for word in words if word.startswith("http"))
        if "/stream" in url or "mail.eml" in words[-1]:
            continue
        assert url.startswith(web.url)
        body = at_once(words[words.index("-d") + 1]).encode() if "-d" in words else None
        headers = dict(word.split(": ") for word in words if word.startswith("Content-Type"))
        answer = http.ask(method, at_once(url.removeprefix(web.url)), body=body, headers=headers)
        assert answer.status in (200, 201, 404, 408, 409), (words, answer.body)


def test_it_names_the_host_that_was_asked(http):
    page = http.ask("GET", "/docs", headers={"Host": "localhost:8025"}).body.decode()

    assert "curl &#39;http://localhost:8025/api/messages?q=" in page


def test_every_link_within_the_page_leads_somewhere(look):
    page = re.search(r"<main.*</main>", look("/docs"), re.DOTALL)[0]
    ids = re.findall(r' id="([^"]+)"', page)

    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) - set(ids) == set()


def test_examples_of_answers_and_refusals_are_shown(read):
    words = read("/docs")

    assert '"subject": "Welcome"' in words
    assert "There is no parameter 'inboxs'; did you mean inbox?" in words
    assert "The store cannot keep it now." in words


@pytest.mark.parametrize("path", ["/", "/connect"])
def test_other_pages_lead_to_it(look, path):
    assert 'href="/docs"' in look(path)


def test_it_asks_for_nothing_but_its_own_files(http):
    answer = http.get("/docs")

    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not re.findall(rb"<style|<script(?! type=\"module\" src)| style=| on\w+=\"", answer.body)


def test_below_a_path_the_lines_have_it_too(sink):
    client = create_app(sink, base_path="/mail").test_client()

    page = client.get("/mail/docs").text

    assert "curl &#39;http://localhost/mail/api/livez&#39;" in page

from __future__ import annotations

import gzip
import json

import pytest
from asking import Stream
from sending import mail

GZIP = {"Accept-Encoding": "br, gzip"}


@pytest.fixture
def large(captured):
    return captured(mail("Hello", "words and more words\r\n" * 200))


def test_json_is_compressed_for_who_takes_it(http, large):
    path = f"/api/messages/{large.id}"

    whole = http.get(path)
    small = http.ask("GET", path, headers=GZIP)

    assert "Content-Encoding" not in whole.headers
    assert "Accept-Encoding" in whole.headers["Vary"]
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.body) < len(whole.body) / 2
    assert json.loads(gzip.decompress(small.body)) == whole.json


def test_what_fits_into_a_packet_is_not_compressed(http):
    answer = http.ask("GET", "/api/livez", headers=GZIP)

    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("refused", ["", "identity", "gzip;q=0", "br", "gzip;q=0.2, identity;q=0.5"])
def test_who_does_not_take_it_gets_it_as_it_is(http, large, refused):
    answer = http.ask("GET", f"/api/messages/{large.id}", headers={"Accept-Encoding": refused})

    assert "Content-Encoding" not in answer.headers
    assert answer.json["id"] == large.id


def test_content_is_the_same_when_it_is_unpacked_and_its_tag_still_holds(http, large):
    path = f"/api/messages/{large.id}/content"

    answer = http.ask("GET", path, headers=GZIP)
    again = http.ask("GET", path, headers={**GZIP, "If-None-Match": answer.headers["ETag"]})

    assert gzip.decompress(answer.body) == large.content
    assert answer.headers["ETag"] == f'W/"{large.id}"'
    assert (again.status, again.body) == (304, b"")


def test_pages_and_style_sheets_are_compressed(http, large):
    assert http.ask("GET", "/", headers=GZIP).headers["Content-Encoding"] == "gzip"


def test_a_stream_is_not(web, captured):
    with Stream(web.host, web.port, headers=GZIP) as stream:
        assert stream.response.getheader("Content-Encoding") is None
        stream.head()
        captured()
        assert stream.event().kind == "captured"

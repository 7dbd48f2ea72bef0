from __future__ import annotations

import pytest

from mailsink_web.access import Access
from mailsink_web.app import create_app

OURS, OTHER = "https://app.example.org", "https://evil.example"
FOREIGN = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}


def ask(client, method, path, origin, **headers):
    return client.open(path, method=method, headers={"Origin": origin, **FOREIGN, **headers})


@pytest.fixture
def client(sink):
    return create_app(sink, origins=[OURS]).test_client()


def test_a_page_of_an_origin_that_was_named_reads_and_changes(client, captured):
    captured()

    read = ask(client, "GET", "/api/messages", OURS)

    assert read.status_code == 200
    assert read.headers["Access-Control-Allow-Origin"] == OURS
    assert read.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Origin" in read.headers["Vary"]
    assert ask(client, "DELETE", "/api/messages", OURS).json == {"deleted": 1}


def test_a_page_of_another_origin_does_not(client, sink, captured):
    captured()

    for method in ("GET", "DELETE"):
        answer = ask(client, method, "/api/messages", OTHER)
        assert answer.status_code == 403
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert len(sink.everything) == 1


def test_a_browser_that_asks_first_is_told_what_may_be_sent(client):
    answer = ask(client, "OPTIONS", "/api/messages", OURS, **{"Access-Control-Request-Method": "DELETE"})

    assert answer.status_code == 204
    assert "DELETE" in answer.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_a_browser_that_asks_first_for_another_origin_is_refused(client):
    answer = ask(client, "OPTIONS", "/api/messages", OTHER, **{"Access-Control-Request-Method": "DELETE"})

    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_browser_is_told_before_a_token_is_asked_for(sink):
    client = create_app(sink, origins=[OURS], access=Access(tokens=("secret-1",))).test_client()

    asked = ask(client, "OPTIONS", "/api/messages", OURS, **{"Access-Control-Request-Method": "GET"})
    refused = ask(client, "GET", "/api/messages", OURS)

    assert (asked.status_code, refused.status_code) == (204, 401)
    assert refused.headers["Access-Control-Allow-Origin"] == OURS


def test_the_pages_are_for_no_other_origin(client):
    assert ask(client, "GET", "/", OURS).status_code == 403


def test_every_origin_but_none_at_all_is_meant_by_a_star(sink):
    client = create_app(sink, origins=["*"]).test_client()

    assert ask(client, "GET", "/api/messages", OTHER).headers["Access-Control-Allow-Origin"] == OTHER
    assert ask(client, "GET", "/api/messages", "null").status_code == 403


def test_nothing_is_said_where_no_origin_was_named(sink):
    answer = ask(create_app(sink).test_client(), "GET", "/api/messages", OURS)

    assert answer.status_code == 403
    assert "Origin" not in answer.headers.get("Vary", "")

from __future__ import annotations

import logging

import pytest
from asking import Http

from mailsink import Sink
from mailsink_web.app import create_app
from mailsink_web.server import serve


def test_two_apps_show_two_sinks(sink):
    with Sink() as other, serve(sink, port=0) as one, serve(other, port=0) as two:
        ports = []
        for web in (one, two):
            http = Http(web.host, web.port)
            ports.append(http.get("/api/health").json["smtp"][0]["port"])
            http.close()

        assert ports == [sink.port, other.port]


def test_what_the_api_does_not_know_is_a_problem_whatever_the_pages_do(http):
    answer = http.get("/api/nothing")

    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json == {
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing at this address; /api/openapi.json lists what there is.",
    }


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing"])
def test_below_the_api_s_address_whatever_is_missing_is_a_problem(http, path):
    assert http.get(path).headers["Content-Type"] == "application/problem+json"


def test_doubled_slashes_lead_to_the_address_with_one(http):
    answer = http.get("/api/messages//latest")

    assert (answer.status, answer.headers["Location"].partition("/api/")[2]) == (308, "messages/latest")


def test_a_method_that_an_address_does_not_take_is_answered_with_those_that_it_does(http):
    answer = http.ask("POST", "/api/health")

    assert answer.status == 405
    assert answer.json["allowed"] == ["GET", "HEAD", "OPTIONS"]
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_failure_in_the_api_is_a_problem_and_is_logged(sink, caplog):
    app = create_app(sink)
    sink.close()  # from here on every view fails

    with caplog.at_level(logging.CRITICAL + 1, "mailsink_web"):
        answer = app.test_client().get("/api/health")

    assert answer.status_code == 500
    assert answer.json["detail"] == "mailsink failed to answer this; its log says why."
    assert answer.headers["X-Content-Type-Options"] == "nosniff"

from __future__ import annotations

import pytest


def test_latest_is_an_id(http, three):
    assert http.get("/mailpit/api/v1/message/latest").json["Subject"] == "Third"


def test_latest_can_be_the_newest_that_a_search_finds(http, three):
    assert http.get("/mailpit/api/v1/message/latest?query=subject:first").json["Subject"] == "First"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [("latest", b"Message not found"), ("nothing", b"404 page not found"), ("a%2Fb", b"404 page not found")],
)
def test_what_is_not_there_is_not_found(http, path, sentence):
    answer = http.get(f"/mailpit/api/v1/message/{path}")

    assert (answer.status, answer.headers["Content-Type"], answer.body) == (404, "text/plain", sentence)

from __future__ import annotations

import re

import pytest

from mailsink_web.api import ALL
from mailsink_web.api.examples import GONE, parameter, refusal
from mailsink_web.api.samples import samples

MISSING = [o for o in ALL if 404 in o.errors]


@pytest.mark.parametrize("operation", MISSING, ids=lambda operation: operation.name)
def test_what_is_told_of_something_missing_is_what_the_server_says(http, operation):
    path = re.sub(r"{\w+}", GONE, operation.path)
    body = None if operation.body is None else samples()[operation.body.__name__]

    answer = http.ask(operation.method, f"/api{path}", json_body=body)

    assert (answer.status, answer.json["detail"]) == (404, refusal(operation, 404, "")["detail"])


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)
def test_what_is_told_of_a_wrong_request_is_one_sentence(operation):
    problem = refusal(operation, 400, "")

    assert problem["title"] == "Bad Request"
    assert re.fullmatch(r"There is no (parameter|member) '\w+'; .+[.?]", problem["detail"])


def test_a_refusal_without_an_example_is_told_in_the_words_of_its_description():
    assert refusal(ALL[0], 418, "It is a teapot.")["detail"] == "It is a teapot."


def test_a_parameter_without_an_example_has_none():
    assert parameter(ALL[0], "inbox") == {"example": "checkout"}
    assert parameter(ALL[0], "unheard-of") == {}


def test_who_waits_in_vain_is_told_what_came():
    (wait,) = (o for o in ALL if o.name == "wait")

    problem = refusal(wait, 408, "")

    assert problem["explanation"].startswith("expected 1 message, got 0 after 10.00 s")
    assert [miss["message"]["subject"] for miss in problem["misses"]] == ["Welcome"]

from __future__ import annotations

from werkzeug.exceptions import ImATeapot, MethodNotAllowed

from mailsink import QueryError
from mailsink_web.api import problem


def test_a_problem_says_its_title_and_leaves_out_what_is_not_so():
    response = problem.answer(problem.RefusedError(404, "Not here.").problem)

    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"
    assert response.json == {"title": "Not Found", "status": 404, "detail": "Not here."}


def test_a_query_error_says_where():
    error = QueryError("no such word: fro", text="fro:a", start=0, end=4, hint="from:")

    of = problem.of_query(error).problem

    assert (of.status, of.field, of.start, of.end, of.hint) == (400, "q", 0, 4, "from:")
    assert of.detail == "q cannot be read: no such word: fro"


def test_the_methods_that_are_allowed_are_named():
    response = problem.of_http(MethodNotAllowed(["GET", "PATCH"]))

    assert response.headers["Allow"] == "GET, PATCH"
    assert response.json["allowed"] == ["GET", "PATCH"]


def test_any_other_refusal_keeps_its_own_words():
    assert problem.of_http(ImATeapot("Short and stout.")).json["detail"] == "Short and stout."


def test_what_is_quoted_can_be_encoded():
    assert problem.RefusedError(400, "caf\udce9").problem.detail == "caf\ufffd"

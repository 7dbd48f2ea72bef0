from __future__ import annotations

import inspect

import pytest

from mailsink import errors
from mailsink.errors import ExpectationError, MailsinkError, QueryError

CLASSES = [value for value in vars(errors).values() if inspect.isclass(value)]


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_every_exception_is_a_mailsink_error(error):
    assert issubclass(error, MailsinkError)


def test_every_exception_is_public_and_in_the_drawn_tree():
    names = sorted(error.__name__ for error in CLASSES)

    assert names == errors.__all__
    assert [name for name in names if name not in errors.__doc__] == []


def test_a_failed_expectation_is_a_failed_assertion():
    assert issubclass(ExpectationError, AssertionError)


def test_a_query_error_knows_the_wrong_place():
    error = QueryError("`form` is not a field", text="form:ada", start=0, end=4, hint="from")

    assert str(error) == "`form` is not a field"
    assert error.text[error.start : error.end] == "form"
    assert error.hint == "from"


def test_a_query_error_need_not_have_a_hint():
    error = QueryError("a quote is not closed", text='"', start=0, end=1)

    assert error.hint == ""

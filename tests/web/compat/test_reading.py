from __future__ import annotations

import msgspec
import pytest
from flask import Flask

from mailsink_web.compat.peer import PeerError
from mailsink_web.compat.reading import body_octets, number, read_json


class Inner(msgspec.Struct):
    email: str = ""


class Body(msgspec.Struct):
    ids: list[str] = []
    read: bool = False
    to: list[Inner] = []
    headers: dict[str, str] = {}


def requested(path="/", **words):
    return Flask("test").test_request_context(path, **words)


@pytest.mark.parametrize(
    ("given", "read"),
    [("7", 7), ("", 50), ("-1", 50), ("x", 50), ("0", 0), ("9" * 30, 50), ("99", 60), ("٣", 50)],
)
def test_a_number_is_read_or_passed_over(given, read):
    with requested(query_string={"limit": given}):
        assert number("limit", 50, most=60) == read


def test_keys_may_be_in_any_case():
    body = read_json(Body, b'{"IDs": ["a"], "READ": true, "To": [{"Email": "a@example.org"}]}')

    assert (body.ids, body.read, body.to) == (["a"], True, [Inner("a@example.org")])


def test_null_is_as_good_as_left_out():
    assert read_json(Body, b'{"IDs": null, "other": 1}') == Body()


def test_what_is_kept_keeps_its_keys():
    body = read_json(Body, b'{"Headers": {"X-Campaign": "Spring"}}', keep=frozenset({"headers"}))

    assert body.headers == {"X-Campaign": "Spring"}


@pytest.mark.parametrize("octets", [b"", b"[]", b"{", b'"x"', b'{"ids": "x"}', b"[" * 5000, b"\xff"])
def test_what_cannot_be_read_is_refused(octets):
    with pytest.raises(PeerError) as error:
        read_json(Body, octets)

    assert error.value.status == 400


def test_a_body_that_is_too_large_is_refused():
    with requested(method="POST", data=b"x" * 11), pytest.raises(PeerError) as error:
        body_octets(10)

    assert (error.value.status, str(error.value)) == (
        413,
        "The request body is too large: 10 octets are the most.",
    )

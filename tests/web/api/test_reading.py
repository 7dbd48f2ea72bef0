from __future__ import annotations

from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from mailsink_web.api.problem import RefusedError
from mailsink_web.api.reading import names_of, read_body, read_parameters


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    number: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    ratio: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    flag: bool = False
    words: tuple[str, ...] = ()
    from_: str | None = msgspec.field(name="from", default=None)


class Needy(msgspec.Struct, frozen=True, kw_only=True):
    wanted: int


def test_names_are_those_of_the_request():
    assert names_of(Thing) == ("number", "ratio", "flag", "words", "from")


def test_parameters_are_read_from_text():
    given = MultiDict([("number", "3"), ("ratio", "0.25"), ("flag", "true"), ("from", "x")])

    assert read_parameters(Thing, given) == Thing(number=3, ratio=0.25, flag=True, from_="x")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"{", "The body is not JSON: Input data was truncated."),
        (b"", "The body is not JSON: Input data was truncated."),
        (b"3", "The body must be a JSON object."),
        (b'{"number": 10}', "number must be a whole number from 1 to 9, not 10."),
        (b'{"number": "3"}', "number must be a whole number from 1 to 9, not '3'."),
        (b'{"ratio": 2}', "ratio must be a number from 0 to 1, not 2."),
        (b'{"flag": 1}', "flag must be true or false, not 1."),
        (b'{"words": "a"}', "words must be a list of texts, not 'a'."),
        (b'{"from": 1}', "from must be a text or null, not 1."),
        (
            b'{"nothing like it": 1}',
            "There is no member 'nothing like it'; known are number, ratio, flag, words, from.",
        ),
    ],
)
def test_each_mistake_in_a_body_has_its_sentence(body, detail):
    with pytest.raises(RefusedError) as caught:
        read_body(Thing, "application/json", body)

    assert caught.value.problem.status == 400
    assert caught.value.problem.detail == detail


def test_a_missing_member_is_named():
    with pytest.raises(RefusedError) as caught:
        read_body(Needy, "application/json", b"{}")

    assert caught.value.problem.detail == "wanted is missing."
    assert caught.value.problem.field == "wanted"


def test_the_place_inside_a_list_is_named():
    with pytest.raises(RefusedError) as caught:
        read_body(Thing, "application/json", b'{"words": ["a", 1]}')

    assert caught.value.problem.field == "words[1]"


def test_a_body_that_nests_too_deep_is_refused():
    with pytest.raises(RefusedError) as caught:
        read_body(Thing, "application/json", b"[" * 100_000)

    assert caught.value.problem.status == 400


@given(st.binary(max_size=60))
def test_whatever_the_body_it_is_read_or_refused(body):
    try:
        assert isinstance(read_body(Thing, "application/json", body), Thing)
    except RefusedError as error:
        msgspec.json.encode(error.problem).decode()


@given(
    st.dictionaries(st.sampled_from(["number", "ratio", "flag", "words", "from", "x"]), st.text(max_size=8))
)
def test_whatever_the_parameters_they_are_read_or_refused(given):
    try:
        thing = read_parameters(Thing, MultiDict(given))
        assert 0 <= thing.ratio <= 1
    except RefusedError as error:
        msgspec.json.encode(error.problem).decode()

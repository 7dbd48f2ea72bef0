from __future__ import annotations

import dataclasses

import pytest

from mailsink.errors import ExpectationError, RequestError


@pytest.fixture
def listed(client, put):
    """A message of a list, and the sink's own."""
    own = put("Code 123456", "See https://shop.example/x")
    return next(client.store.scan(newest_first=True)), own


def test_it_equals_the_sink_s_in_every_field(listed):
    remote, own = listed

    for field in dataclasses.fields(own):
        if field.init:
            assert getattr(remote, field.name) == getattr(own, field.name), field.name
    assert remote.summary == own.summary


def test_links_codes_and_bodies_are_read_from_its_content(listed):
    remote, own = listed

    assert (remote.text, remote.links, remote.codes) == (own.text, own.links, own.codes)


def test_the_one_link_and_the_one_code_are_picked_as_the_fixture_does_it(listed):
    remote, _ = listed

    assert remote.link("/x") == "https://shop.example/x"
    assert remote.code(digits=6) == "123456"
    with pytest.raises(ExpectationError, match="expected one link with '/confirm' in its URL, got none"):
        remote.link("/confirm")


def test_subject_size_and_to_need_no_content(listed, client):
    remote, own = listed
    client.clear()

    assert (remote.subject, remote.size, remote.to) == (own.subject, own.size, own.to)
    with pytest.raises(RequestError) as error:
        _ = remote.content
    assert error.value.status == 404


def test_what_was_loaded_stays(listed, client):
    remote, own = listed

    remote.load()
    client.clear()

    assert (remote.content, remote.greeting) == (own.content, own.greeting)


def test_it_can_be_replaced_like_any_message(listed):
    remote, _ = listed

    assert dataclasses.replace(remote, read=True).read

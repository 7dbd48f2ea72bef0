from __future__ import annotations

import pytest
from flask import Flask

from mailsink.errors import StoreError
from mailsink_web.compat.peer import Emulation, PeerError, json, text


@pytest.fixture
def peer():
    return Emulation("test", lambda status, sentence: text(f"refused: {sentence}", status=status))


@pytest.fixture
def ask(peer):
    app = Flask("test")

    def ask(path, method="GET"):
        with app.test_request_context(path, method=method):
            return peer.answer(path)

    return ask


def test_a_value_becomes_json(peer, ask):
    peer.route("GET", "/a/<name>")(lambda name: {"name": name})

    answer = ask("/a/b")

    assert (answer.get_data(), answer.mimetype) == (b'{"name":"b"}', "application/json")


def test_a_response_stays_as_it_is(peer, ask):
    peer.route("GET", "/a")(lambda: json([], status=202, media="text/json"))

    answer = ask("/a")

    assert (answer.status_code, answer.content_type) == (202, "text/json")


def test_a_view_can_have_several_addresses(peer, ask):
    peer.route("GET", "/a", "/b")(lambda: "yes")

    assert ask("/a").get_data() == ask("/b").get_data() == b'"yes"'
    assert peer.operations == ("GET /a", "GET /b")


@pytest.mark.parametrize(
    ("error", "status"),
    [(PeerError(418, "no tea"), 418), (StoreError("the disk is full"), 500)],
    ids=["refused", "store"],
)
def test_an_error_is_refused_in_the_peers_way(peer, ask, error, status):
    def view():
        raise error

    peer.route("GET", "/a")(view)

    answer = ask("/a")

    assert (answer.status_code, answer.get_data(as_text=True)) == (status, f"refused: {error}")


def test_an_unknown_address_is_not_found(ask):
    assert (ask("/a").status_code, ask("/a").get_data(as_text=True)) == (404, "refused: 404 page not found")


def test_a_wrong_method_is_told_the_right_ones(peer, ask):
    peer.route("PUT", "/a")(lambda: None)

    answer = ask("/a", "DELETE")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "PUT")
    assert answer.get_data(as_text=True) == "refused: This address takes PUT."


def test_a_peer_knows_its_addresses_whatever_the_method(peer):
    peer.route("PUT", "/a/<b>")(lambda **_: None)

    assert peer.knows("/a/x")
    assert not peer.knows("/b")

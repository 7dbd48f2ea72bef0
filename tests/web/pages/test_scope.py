from __future__ import annotations

import pytest

from mailsink.query import EVERYTHING
from mailsink_web.app import create_app
from mailsink_web.pages.scope import Scope, local_path


def test_the_address_of_a_list_carries_what_it_needs_and_no_more():
    assert Scope.of().list_url == "/"
    assert Scope.of(inbox="a b", q="x:y", before="c").list_url == "/?inbox=a+b&q=x%3Ay&before=c"
    assert Scope.of(inbox="a", q="x", before="c").first_url == "/?inbox=a&q=x"
    assert Scope.of(inbox="a", q="x").everything_url == "/?inbox=a"
    assert Scope.of(inbox="a").searching("b c") == "/?inbox=a&q=b+c"


def test_the_address_of_a_message_keeps_the_list_beside_it():
    assert Scope.of(q="x").message_url("id", view="source") == "/messages/id?q=x&view=source"
    assert Scope.of().message_url("../x") == "/messages/..%2Fx"


def test_a_wrong_search_is_an_error_and_finds_everything():
    scope = Scope.of(q="has:nonsense")

    assert scope.query is EVERYTHING
    assert scope.error is not None
    assert scope.q == "has:nonsense"


def test_a_scope_is_read_from_an_address_or_a_form(sink):
    app = create_app(sink)
    with app.test_request_context("/?inbox=one&q=+hello+"):
        scope = Scope.of_request()
        assert (scope.inbox, scope.q, scope.box.name) == ("one", "hello", "one")
    with app.test_request_context("/", method="POST", data={"before": "c"}):
        scope = Scope.of_request()
        assert (scope.inbox, scope.before, scope.box.name) == (None, "c", None)


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example/", "/\\evil.example", "", "evil", "/\t/evil.example"]
)
def test_a_form_cannot_lead_away(path):
    assert local_path(path) == "/"


def test_a_path_of_ours_is_kept():
    assert local_path("/messages/a?view=text") == "/messages/a?view=text"

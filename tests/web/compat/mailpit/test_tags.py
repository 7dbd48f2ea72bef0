from __future__ import annotations

import pytest

from mailsink_web.compat.mailpit.tags import cleaned

API = "/mailpit/api/v1"


def put(http, path, body):
    return http.ask("PUT", f"{API}{path}", json_body=body)


@pytest.fixture
def tagged(http, three):
    put(http, "/tags", {"Tags": ["new", "Spring sale"], "IDs": [three[0].id]})
    put(http, "/tags", {"Tags": ["new"], "IDs": [three[1].id]})
    return three


def tags(sink):
    return [message.tags for message in sink.everything]


def test_tags_are_set_and_listed(http, sink, tagged):
    assert tags(sink) == [("new", "Spring sale"), ("new",), ()]
    assert http.get(f"{API}/tags").json == ["new", "Spring sale"]
    assert http.get(f"{API}/messages").json["tags"] == ["new", "Spring sale"]
    assert http.get(f"{API}/info").json["Tags"] == {"new": 2, "Spring sale": 1}
    assert http.get(f"{API}/message/{tagged[0].id}").json["Tags"] == ["new", "Spring sale"]


def test_tags_replace_those_that_were_there(http, sink, tagged):
    put(http, "/tags", {"IDs": [tagged[0].id]})
    put(http, "/tags", {"Tags": ["x"]})

    assert tags(sink) == [(), ("new",), ()]


def test_a_tag_is_searched_for(http, tagged):
    assert http.get(f"{API}/search?query=tag:%22spring+sale%22").json["messages_count"] == 1
    assert http.get(f"{API}/search?query=is:tagged").json["messages_count"] == 2


def test_a_tag_is_renamed_everywhere(http, sink, tagged):
    answer = put(http, "/tags/NEW", {"Name": "old"})

    assert (answer.status, answer.body) == (200, b"ok")
    assert tags(sink) == [("old", "Spring sale"), ("old",), ()]


def test_a_tag_is_deleted_everywhere(http, sink, tagged):
    http.delete(f"{API}/tags/Spring%20sale")

    assert tags(sink) == [("new",), ("new",), ()]


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/tags/other", {"Name": "x"}, "tag not found: other"),
        ("/tags/new", {"Name": "spring SALE"}, "tag already exists: spring SALE"),
        ("/tags/new", {"Name": "!"}, "A tag has letters, digits, spaces and - _ . @, at most 100 of them."),
    ],
)
def test_a_tag_that_cannot_be_renamed_stays(http, sink, tagged, path, body, sentence):
    answer = put(http, path, body)

    assert (answer.status, answer.body.decode()) == (400, sentence)
    assert tags(sink) == [("new", "Spring sale"), ("new",), ()]


def test_tags_are_cleaned_as_mailpit_does():
    assert cleaned(["a/b", "A b", " x ", "<>", "y" * 120]) == ("a b", "x", "y" * 100)

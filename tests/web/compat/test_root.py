from __future__ import annotations

import http.client

import pytest


def test_mailpits_addresses_are_at_the_root(http, three):
    assert http.get("/api/v1/messages").json["total"] == 3
    assert http.get("/view/latest.txt").body == b"Hi\r\n"


def test_mailhogs_addresses_are_where_mailpit_has_none(http, three):
    assert http.get("/api/v2/messages").json["total"] == 3
    assert http.get(f"/api/v1/messages/{three[0].id}").json["ID"] == three[0].id


def test_an_address_that_nobody_knows_is_not_found(http):
    assert http.get("/api/v1/nothing").status == 404
    assert http.get("/api/v2/nothing").status == 404


@pytest.mark.parametrize(
    ("headers", "body"), [({"Accept": "*/*"}, b"ok"), ({}, b"")], ids=["mailpit", "mailhog"]
)
def test_who_deletes_all_is_answered_as_the_client_expects(web, sink, three, headers, body):
    connection = http.client.HTTPConnection(web.host, web.port, timeout=10)
    connection.request("DELETE", "/api/v1/messages", headers=headers)
    answer = connection.getresponse()

    assert (answer.status, answer.read()) == (200, body)
    assert len(sink.everything) == 0
    connection.close()


def test_a_body_is_for_mailpit(http, sink, three):
    http.ask("DELETE", "/api/v1/messages", body=b'{"IDs": ["nothing"]}')

    assert len(sink.everything) == 3

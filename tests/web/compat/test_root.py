from __future__ import annotations


def test_mailpits_addresses_are_at_the_root(http, three):
    assert http.get("/api/v1/messages").json["total"] == 3
    assert http.get("/view/latest.txt").body == b"Hi\r\n"


def test_an_address_that_nobody_knows_is_not_found(http):
    assert http.get("/api/v1/nothing").status == 404
    assert http.get("/api/v2/nothing").status == 404

from __future__ import annotations

import http.client

import pytest
from sending import mail, send

from mailsink_web.server import serve


@pytest.fixture
def follow(web):
    """Open MailHog's event stream; what opens it is read."""
    opened = []

    def follow(place="/mailhog"):
        connection = http.client.HTTPConnection(web.host, web.port, timeout=10)
        connection.request("GET", f"{place}/api/v1/events")
        answer = connection.getresponse()
        opened.append((answer, connection))
        if answer.status == 200:
            assert answer.readline() == b": here it begins\n"
            assert answer.readline() == b"\n"
        return answer

    yield follow
    for answer, connection in opened:
        answer.close()
        connection.close()


def test_a_stream_tells_of_one_inbox_alone(sink, follow):
    other = sink.listen(inbox="other")
    stream = follow("/inboxes/other/mailhog")

    send((sink.host, sink.port), mail("Here"))
    send((other.host, other.port), mail("There"))

    assert b'"There"' in stream.readline()


def test_a_quiet_stream_gives_signs_of_life(follow, monkeypatch):
    monkeypatch.setattr("mailsink_web.compat.following.HEARTBEAT", 0.01)

    assert follow().readline() == b": still here\n"


def test_a_stream_ends_with_the_server(sink):
    with serve(sink, port=0) as web:
        connection = http.client.HTTPConnection(web.host, web.port, timeout=10)
        connection.request("GET", "/mailhog/api/v1/events")
        stream = connection.getresponse()
        stream.readline()

    assert stream.read() == b"\n"
    connection.close()


def test_no_more_streams_than_seats(web, follow):
    web.seats.most = 1
    follow()

    refused = follow()

    assert refused.status == 503


def test_a_client_that_goes_leaves_no_seat(web, monkeypatch):
    monkeypatch.setattr("mailsink_web.compat.following.HEARTBEAT", 0.01)
    connection = http.client.HTTPConnection(web.host, web.port, timeout=10)
    connection.request("GET", "/mailhog/api/v1/events")
    stream = connection.getresponse()
    assert web.seats.wait_taken(1, timeout=5)

    stream.close()
    connection.close()

    assert web.seats.wait_taken(0, timeout=5)

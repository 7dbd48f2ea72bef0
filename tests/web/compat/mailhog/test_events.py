from __future__ import annotations

import http.client
import json

import pytest
from sending import mail
from websockets import WebSocket


@pytest.mark.parametrize("path", ["/api/v2/websocket", "/mailhog/api/v2/websocket"])
def test_a_websocket_tells_of_new_messages_alone(http, web, sink, captured, path):
    with WebSocket(web.host, web.port, path) as opened:
        first = captured(mail("First"))
        told = [opened.json()["ID"]]
        sink.everything.delete([first.id])
        second = captured(mail("Second"))
        told.append(opened.json()["ID"])

    assert told == [first.id, second.id]


@pytest.mark.parametrize("path", ["/api/v1/events", "/mailhog/api/v1/events"])
def test_a_stream_tells_of_new_messages(web, captured, path):
    connection = http.client.HTTPConnection(web.host, web.port, timeout=10)
    connection.request("GET", path)
    stream = connection.getresponse()
    stream.readline()

    message = captured(mail("First"))

    lines = iter(stream.readline, b"")
    data = next(line for line in lines if line.startswith(b"data: "))
    assert json.loads(data.removeprefix(b"data: "))["ID"] == message.id
    assert stream.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    stream.close()
    connection.close()

from __future__ import annotations

import asyncio

import pytest

from mailsink import Client, ConfigError, Inbox


def test_it_is_an_inbox(client, put):
    put("One")

    assert isinstance(client, Inbox)
    assert [m.subject for m in client] == [m.subject for m in client.find("subject:one")] == ["One"]
    assert client.list().summaries[0].subject == "One"
    assert client.counts("is:unread").total == len(client) == 1


def test_the_address_comes_from_the_environment(monkeypatch, web):
    monkeypatch.setenv("MAILSINK_URL", web.url + "/")
    monkeypatch.setenv("MAILSINK_TOKEN", "t0ken")

    with Client() as client:
        assert client.url == web.url
        assert client._http._headers["Authorization"] == "Bearer t0ken"


def test_without_anything_it_is_the_default(monkeypatch):
    monkeypatch.delenv("MAILSINK_URL", raising=False)

    assert Client().url == "http://127.0.0.1:8025"


def test_a_wrong_address_is_said():
    with pytest.raises(ConfigError, match="localhost is not the address of a server"):
        Client("localhost")


def test_one_inbox_may_be_meant(web, put):
    put()

    with Client(web.url, inbox="other") as client:
        assert len(client) == 0
        assert len(client.everything) == 1
        assert repr(client) == f"<Client {web.url} inbox other>"


def test_health_tells_where_it_listens(client, sink):
    assert client.health()["smtp"][0]["port"] == sink.port


def test_what_happens_is_streamed(client, put_to_a_stream):
    put_to_a_stream()
    events = client.stream("captured")

    event = next(events)
    events.close()

    assert (event.kind, event.inbox) == ("captured", "default")


def test_a_stream_ends_when_the_client_is_closed(client, put_to_a_stream):
    put_to_a_stream()
    events = client.stream("captured")
    next(events)

    client.close()

    assert list(events) == []


def test_a_closed_client_waits_no_more(client):
    client.close()

    with pytest.raises(RuntimeError, match="the client is closed; make another"):
        client.wait(timeout=60)


def test_a_wait_in_a_coroutine_is_refused(client):
    async def main():
        client.expect(timeout=1)

    with pytest.raises(RuntimeError, match=r"write: await mailsink.AsyncClient\(...\).expect\(...\)"):
        asyncio.run(main())


def test_it_says_where_it_is(client, web):
    assert repr(client) == f"<Client {web.url}>"

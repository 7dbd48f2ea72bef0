from __future__ import annotations

import pytest

from mailsink import Sink
from mailsink.commands.output import CommandError
from mailsink.commands.place import SendTo, send_to
from mailsink.errors import ConfigError
from mailsink_web.server import serve


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    for name in ("MAILSINK_URL", "MAILSINK_SMTP", "MAILSINK_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_the_option_goes_first(web):
    assert send_to("2525", web.url, None) == SendTo("127.0.0.1", 2525)
    assert send_to("0.0.0.0:25", None, None) == SendTo("127.0.0.1", 25)


def test_the_server_tells_where_it_listens(web, sink, monkeypatch):
    monkeypatch.setenv("MAILSINK_URL", web.url)

    assert send_to(None, None, None) == SendTo(sink.host, sink.port)


def test_else_it_is_the_first_address_of_the_variable_or_the_default(monkeypatch):
    assert send_to(None, None, None) == SendTo("127.0.0.1", 1025)
    monkeypatch.setenv("MAILSINK_SMTP", "127.0.0.1:2525, 2526")
    assert send_to(None, None, None) == SendTo("127.0.0.1", 2525)


def test_a_wrong_address_is_said():
    with pytest.raises(ConfigError, match=r"--smtp x: an address is \[HOST:\]PORT"):
        send_to("x", None, None)


def test_the_listener_that_asks_for_the_least_is_taken():
    with Sink(smtp=()) as sink, serve(sink, port=0) as web:
        with pytest.raises(CommandError, match="has no listener that can be sent to"):
            send_to(None, web.url, None)
        sink.listen(tls="implicit")
        found = send_to(None, web.url, None)
        plain = sink.listen()

        assert (found.tls, found.ca[:27]) == ("implicit", "-----BEGIN CERTIFICATE-----")
        assert send_to(None, web.url, None) == SendTo(plain.host, plain.port)

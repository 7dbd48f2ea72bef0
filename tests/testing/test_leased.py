"""What an inbox of a running server is like is tested in test_remote.py; here, where its mail goes."""

from __future__ import annotations

import pytest

from mailsink.testing.leased import Door


@pytest.mark.parametrize(
    ("host", "tls", "url"),
    [
        ("127.0.0.1", "none", "smtp://127.0.0.1:25"),
        ("::1", "starttls", "smtp://[::1]:25"),
        ("sink.example.org", "implicit", "smtps://sink.example.org:25"),
    ],
)
def test_a_door_has_an_address(host, tls, url):
    door = Door(host=host, port=25, tls=tls, inbox="a")

    assert door.url == url
    assert door.address == door.known_as == url.partition("//")[2]

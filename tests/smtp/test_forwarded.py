from __future__ import annotations

import asyncio
import struct

import pytest

from mailsink.model import Peer
from mailsink.smtp.forwarded import ForwardedError, read_proxy, read_xclient, source_of

V2 = b"\r\n\r\n\x00\r\nQUIT\n"
IPV4 = bytes([192, 0, 2, 1, 198, 51, 100, 7]) + struct.pack("!HH", 40000, 25)
IPV6 = bytes.fromhex("20010db8000000000000000000000001" * 2) + struct.pack("!HH", 40000, 25)


def v2(command: int, family: int, body: bytes) -> bytes:
    return V2 + bytes([0x20 | command, family]) + struct.pack("!H", len(body)) + body


def read(octets: bytes, *, timeout: float = 5.0, ended: bool = True) -> tuple[Peer | None, bytes]:
    """Whom the header in *octets* names, and what follows it."""

    async def main() -> tuple[Peer | None, bytes]:
        reader = asyncio.StreamReader()
        reader.feed_data(octets)
        if ended:
            reader.feed_eof()
        source = source_of(await read_proxy(reader, timeout=timeout))
        return source, await reader.read()

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("header", "source"),
    [
        (b"PROXY TCP4 192.0.2.1 198.51.100.7 40000 25\r\n", Peer("192.0.2.1", 40000)),
        (b"PROXY TCP6 2001:db8::1 2001:db8::2 40000 25\r\n", Peer("2001:db8::1", 40000)),
        (b"PROXY UNKNOWN\r\n", None),
        (v2(1, 0x11, IPV4), Peer("192.0.2.1", 40000)),
        (v2(1, 0x21, IPV6), Peer("2001:db8::1", 40000)),
        (v2(1, 0x11, IPV4 + b"\x04\x00\x02hi"), Peer("192.0.2.1", 40000)),
        (v2(1, 0x31, b"/run/a".ljust(108, b"\0") + b"/run/b".ljust(108, b"\0")), Peer("")),
        (v2(0, 0x00, b""), None),
        (v2(0, 0x11, IPV4), None),
    ],
    ids=["v1", "v1-ipv6", "v1-unknown", "v2", "v2-ipv6", "v2-tlv", "v2-unix", "v2-local", "v2-local-address"],
)
def test_a_proxy_header_names_the_source_and_what_follows_stays(header, source):
    assert read(header + b"EHLO x\r\n") == (source, b"EHLO x\r\n")


@pytest.mark.parametrize(
    "header",
    [
        b"EHLO client.example.org\r\n",
        b"PROXY\r\n",
        b"PROXY TCP4 192.0.2.1\r\n",
        b"PROXY TCP4 192.0.2.1 198.51.100.7 40000 99999\r\n",
        b"PROXY TCP4 2001:db8::1 2001:db8::2 40000 25\r\n",
        b"PROXY " + b"x" * 200 + b"\r\n",
        V2 + b"\x31\x11\x00\x00",
        v2(1, 0x11, IPV4[:5]),
        v2(1, 0x11, IPV4)[:20],
        V2[:7] + b"xxxxx",
    ],
)
def test_a_wrong_proxy_header_is_refused(header):
    with pytest.raises(ForwardedError):
        read(header)


@pytest.mark.parametrize("octets", [b"", b"PRO"])
def test_a_connection_that_is_closed_before_the_header_is_told(octets):
    with pytest.raises(ForwardedError, match="the client closed the connection before it"):
        read(octets)


def test_a_proxy_header_that_does_not_come_is_told():
    with pytest.raises(ForwardedError, match=r"it did not come within 0\.01 s"):
        read(b"PROXY", timeout=0.01, ended=False)


def test_xclient_names_the_attributes_that_are_available():
    said = "NAME=client.example.org addr=192.0.2.1 PORT=40000 LOGIN=[UNAVAILABLE] PROTO=[TEMPUNAVAIL]"

    assert read_xclient(said) == {"NAME": "client.example.org", "ADDR": "192.0.2.1", "PORT": "40000"}


def test_xclient_names_an_ipv6_address_with_its_prefix():
    assert read_xclient("ADDR=IPV6:2001:DB8::1") == {"ADDR": "2001:db8::1"}


def test_xclient_values_are_xtext():
    assert read_xclient("LOGIN=ada+2Bb+20c") == {"LOGIN": "ada+b c"}


def test_xclient_with_nothing_available_says_nothing():
    assert read_xclient("NAME=[UNAVAILABLE]") == {}


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("", "Syntax: XCLIENT attribute=value ..."),
        ("FOO=1", "XCLIENT knows ADDR DESTADDR DESTPORT HELO LOGIN NAME PORT PROTO"),
        ("NAME", "XCLIENT knows ADDR DESTADDR DESTPORT HELO LOGIN NAME PORT PROTO"),
        ("ADDR=somewhere", "ADDR is an IP address"),
        ("PORT=abc", "PORT is a number"),
        ("PORT=123456", "PORT is a number"),
    ],
)
def test_a_wrong_xclient_is_refused(said, text):
    with pytest.raises(ForwardedError) as caught:
        read_xclient(said)
    assert str(caught.value) == text

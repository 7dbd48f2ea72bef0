from __future__ import annotations

from pathlib import Path

import pytest

from mailsink.options import (
    read_address,
    read_age,
    read_host,
    read_name,
    read_path,
    read_seconds,
    read_size,
    read_store,
    read_switch,
)

ADDRESS = "an address is [HOST:]PORT with a port from 0 to 65535"
SIZE = "a size is a number of octets with k, M or G if wanted, such as 25M; 0 is no limit"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("0", ("127.0.0.1", 0)),
        ("65535", ("127.0.0.1", 65535)),
        ("localhost:25", ("localhost", 25)),
        ("[::]:25", ("::", 25)),
    ],
)
def test_an_address_is_read(text, address):
    assert read_address(text) == address


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        (":25", "an address is [HOST:]PORT; write 0.0.0.0:25 to listen on every interface"),
        ("::1", "an IPv6 address goes in brackets, such as [::1]:1025"),
        ("::1:25", "an IPv6 address goes in brackets, such as [::1]:1025"),
        ("[::1]", ADDRESS),
        ("[]:25", ADDRESS),
        ("[::1:25", ADDRESS),
        ("", ADDRESS),
        ("-1", ADDRESS),
        ("٢٥", ADDRESS),
        ("localhost", ADDRESS),
        ("localhost:", ADDRESS),
        ("http://127.0.0.1:25", ADDRESS),
        ("9" * 5_000, ADDRESS),
    ],
)
def test_an_address_is_refused(text, allowed):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        read_address(text)

    assert str(caught.value) == allowed


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("0", 0),
        ("10485760", 10485760),
        ("64k", 65536),
        ("10M", 10485760),
        ("10MB", 10485760),
        ("10MiB", 10485760),
        ("1g", 1073741824),
    ],
)
def test_a_size_is_read(text, octets):
    assert read_size(text) == octets


@pytest.mark.parametrize("text", ["", "k", "-1", "1.5M", "ten", "1T", "٣", "9" * 5_000])
def test_a_size_is_refused(text):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        read_size(text)

    assert str(caught.value) == SIZE


@pytest.mark.parametrize(("read", "text", "value"), [
    (read_store, "memory", "memory"),
    (read_name, "mx.example.org", "mx.example.org"),
    (read_host, "MX.Example.ORG", "mx.example.org"),
    (read_host, "*", "*"),
    (read_path, "a/b", Path("a/b")),
])  # fmt: skip
def test_a_text_is_read(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("2.5", 2.5), ("10s", 10), ("5m", 300), ("2h", 7200)]
)
def test_a_time_is_read_in_seconds(text, seconds):
    assert read_seconds(text) == seconds


@pytest.mark.parametrize("text", ["true", "YES", "on", "1"])
def test_a_switch_is_turned_on(text):
    assert read_switch(text) is True


@pytest.mark.parametrize("text", ["false", "No", "off", "0"])
def test_a_switch_is_turned_off(text):
    assert read_switch(text) is False


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0.0), ("90s", 90.0), ("5m", 300.0), ("12h", 43_200.0), ("3d", 259_200.0), ("2w", 1_209_600.0)],
)
def test_an_age_has_a_unit(text, seconds):
    assert read_age(text) == seconds


@pytest.mark.parametrize("text", ["", "3", "1.5d", "d", "-1d", "3 d"])
def test_what_is_no_age_is_refused(text):
    with pytest.raises(ValueError, match="an age is a number with s, m, h, d or w"):
        read_age(text)

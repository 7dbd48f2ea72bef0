from __future__ import annotations

import io
import socket

import pytest

from mailsink_web import wire as wire_of
from mailsink_web.wire import MAX_HEAD, TooLongError, Wire


@pytest.fixture
def ends():
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def test_what_is_held_already_counts_as_begun(ends):
    client, server = ends
    wire = Wire(server, 5)
    reader = io.BufferedReader(wire)
    client.sendall(b"one\ntwo\n")
    reader.readline()

    wire.expect_head(reader)

    assert wire.has_begun
    assert reader.readline() == b"two\n"
    wire.expect_head(reader)
    assert not wire.has_begun


def test_silence_ends_it(ends):
    reader = io.BufferedReader(Wire(ends[1], 0.01))

    with pytest.raises(TimeoutError):
        reader.read(1)


def test_octets_that_trickle_in_do_not_prolong_it(ends, monkeypatch):
    monkeypatch.setattr(wire_of, "HEAD_TIME", -1)
    client, server = ends
    wire = Wire(server, 5)
    reader = io.BufferedReader(wire)
    wire.expect_head(reader)
    client.sendall(b"x")

    with pytest.raises(TimeoutError):
        reader.readline()

    assert wire.has_begun


def test_a_head_without_end_is_not_kept(ends):
    client, server = ends
    wire = Wire(server, 5)
    reader = io.BufferedReader(wire)
    wire.expect_head(reader)
    client.sendall(b"x" * MAX_HEAD)

    with pytest.raises(TooLongError):
        reader.readline()


def test_a_body_may_be_longer(ends):
    client, server = ends
    wire = Wire(server, 5)
    reader = io.BufferedReader(wire)
    wire.expect_head(reader)
    wire.expect_body()
    client.sendall(b"x" * MAX_HEAD + b"end")

    assert len(reader.read(MAX_HEAD + 3)) == MAX_HEAD + 3


def test_a_body_has_its_time(ends):
    wire = Wire(ends[1], 5)
    wire.expect_body(0)

    with pytest.raises(TimeoutError):
        wire.read(1)

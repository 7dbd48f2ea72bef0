"""The load that the benchmark sends, in small, against a sink."""

from __future__ import annotations

import pytest
from bench.load import KIB, content_of, send_load

from mailsink import Sink

PATIENCE = 20.0


@pytest.mark.parametrize("size", [KIB, 10 * KIB, 100 * KIB])
def test_a_content_has_about_its_size(size):
    assert 0.9 * size < len(content_of(size)) < 1.1 * size


@pytest.mark.parametrize("many", [False, True], ids=["one a connection", "many a connection"])
def test_every_mail_that_is_counted_was_kept(many):
    content = content_of(10 * KIB)
    with Sink() as sink:
        load = send_load(sink.port, content, sessions=2, many=many, seconds=PATIENCE, most=6)

        assert (load.messages, load.trouble) == (6, "")
        assert [m.content for m in sink.inbox] == [content] * 6


def test_a_refusal_is_told():
    with Sink() as sink:
        sink.inbox.faults.add(stage="rcpt", reply="550 5.1.1 No")
        load = send_load(sink.port, content_of(KIB), sessions=1, many=False, seconds=PATIENCE)

    assert (load.messages, load.rate, load.trouble) == (0, 0, "550 5.1.1 No")


def test_percentiles_are_of_the_sorted_latencies():
    with Sink() as sink:
        load = send_load(sink.port, content_of(KIB), sessions=1, many=True, seconds=PATIENCE, most=5)

    assert load.percentile(0) == load.latencies[0]
    assert load.percentile(0.5) == load.latencies[2]
    assert load.percentile(1) == load.latencies[-1]

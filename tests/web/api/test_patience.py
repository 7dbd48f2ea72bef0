from __future__ import annotations

from mailsink import explain
from mailsink.query_text import parse
from mailsink_web.api.patience import MISSES, misses


def test_the_nearest_misses_are_told_and_no_more_than_five(sink, captured):
    for _ in range(MISSES + 2):
        captured()
    query = parse("subject:welcome")
    outcome = sink.inbox.wait(query, timeout=0)

    told = misses(query, outcome)

    assert len(told) == MISSES
    nearest = [message.id for message, _ in explain.ranked(query, outcome.others)]
    assert [miss.message.id for miss in told] == nearest[:MISSES]

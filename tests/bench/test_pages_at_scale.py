from __future__ import annotations

import datetime as dt

from bench.pages_at_scale import line, paths, serving, streams, times
from mails import mail, put

from mailsink.sink import Sink


def test_every_page_is_measured_alone_and_beside_streams(tmp_path):
    file = tmp_path / "mail.db"
    with Sink(store=str(file)) as sink:
        put(sink, bytes(mail("Hello", "Hi")), at=dt.datetime.now(dt.UTC))

    with serving(file) as url:
        took = [times(url, path, 2) for path in paths(url).values()]
        with streams(url, 3):
            took.append(times(url, "/", 2))

    assert all(0 < first <= last for first, last in took)


def test_a_line_has_the_middle_the_slow_and_the_slowest():
    assert line("inbox", [1.0, 2.0, 3.0]).split() == ["inbox", "2.0", "3.0", "3.0"]

from __future__ import annotations

import threading

import pytest
from sending import mail, send

from mailsink import Client, Sink
from mailsink.client import stream
from mailsink.errors import RequestError
from mailsink_web.server import serve


@pytest.fixture
def events(client):
    return client.store.events


def test_what_happens_there_is_told_here(events, put, client):
    with events.subscribe() as told:
        own = put()
        kinds = [next_of(told)]
        client.mark([own.id], read=True)
        kinds.append(next_of(told))
        client.clear()  # of a message that is gone, nothing else is told any more
        kinds.append(next_of(told))

    assert kinds == [("captured", (own.id,)), ("changed", (own.id,)), ("deleted", ())]


def next_of(told):
    """The next event that is not a session's."""
    while (event := told.get(10)).kind == "session":
        pass
    return event.kind, event.ids


def test_inbox_and_kinds_narrow_it(events, put):
    with (
        events.subscribe(inbox="other", kinds=("captured",)) as other,
        events.subscribe(kinds=("deleted",)) as deleted,
    ):
        with events.subscribe(kinds=("captured",)) as captured:
            put()
            assert captured.get(5).kind == "captured"
        assert other.get(0) is deleted.get(0) is None


def test_one_connection_serves_all(events, put, web):
    with events.subscribe() as first, events.subscribe() as second:
        put()

        assert first.get(5) == second.get(5)
        assert web.seats.taken == 1


def test_it_follows_from_now_on_alone(events):
    with pytest.raises(ValueError, match="a client follows from now on"):
        events.subscribe(after=0)


def test_a_lost_connection_is_taken_up_where_it_was(events, put):
    with events.subscribe(kinds=("captured",)) as told:
        events._stream.shut()
        ids = [put(str(number)).id for number in range(3)]

        assert [told.get(5).ids[0] for _ in ids] == ids


def test_after_a_gap_all_is_told_anew(events, put, monkeypatch):
    own = put()
    with events.subscribe(kinds=("captured", "deleted")) as told:
        events._stream.last_id = "00000000-1"
        monkeypatch.setattr(events._stream, "events", lambda: iter(()))
        events._take("reset", {})

        assert [(e.kind, e.ids) for e in (told.get(5), told.get(5))] == [
            ("deleted", ()),
            ("captured", (own.id,)),
        ]


def test_a_server_that_comes_back_is_followed_again():
    with Sink() as sink:
        first = serve(sink, port=0)
        with Client(first.url) as client, client.store.events.subscribe(kinds=("captured",)) as told:
            first.close()
            with serve(sink, port=first.port):
                send((sink.host, sink.port), mail("Back"))

                assert told.get(10).kind == "captured"


def test_a_server_that_stays_away_ends_the_wait(monkeypatch, later):
    monkeypatch.setattr(stream, "PAUSES", (0.0, 0.01))
    with Sink() as sink:
        web = serve(sink, port=0)
        with Client(web.url) as client:
            later(web.close)
            with pytest.raises(RequestError, match="cannot be asked"):
                client.wait(timeout=10)

            with pytest.raises(RequestError):
                client.wait(timeout=0)


def test_the_thread_ends_when_nobody_listens(events, put):
    with events.subscribe():
        thread = next(t for t in threading.enumerate() if t.name == "mailsink-stream")
    events._stream.shut()
    thread.join(5)

    assert not thread.is_alive()
    with events.subscribe(kinds=("captured",)) as told:
        put()
        assert told.get(5)


def test_closing_ends_every_subscription(events):
    with events.subscribe() as told:
        events.close()

        assert told.get(5) is None
        assert told.ended

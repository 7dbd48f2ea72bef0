from __future__ import annotations

from mailsink_web import context
from mailsink_web.app import create_app


def test_a_view_finds_its_own_sink_and_seats(sink):
    app, other = create_app(sink), create_app(sink)

    with app.app_context():
        assert context.sink() is sink
        seats = context.seats()
    with other.app_context():
        assert context.seats() is not seats

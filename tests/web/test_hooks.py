from __future__ import annotations

import sys

from receiving import receiving
from sending import mail, send

from mailsink import Sink
from mailsink.webhooks import Webhook
from mailsink_web.hooks import Hooks
from mailsink_web.server import serve


def test_without_any_nothing_is_started(sink):
    hooks = Hooks(sink.store)

    hooks.close()

    assert not sink.store.has_hooks
    assert "mailsink_web.hooks" in sys.modules


def test_those_that_are_given_are_told_by_the_web_server(sink):
    with receiving() as receiver, serve(sink, port=0, webhooks=[Webhook.of_option(receiver.url)]):
        send((sink.host, sink.port), mail())
        assert b'"message.captured"' in receiver.next().body


def test_those_of_a_file_go_on_without_being_asked_for(tmp_path):
    file = tmp_path / "mail.db"
    with receiving() as receiver:
        with Sink(store=file) as sink:
            hooks = Hooks(sink.store)
            hooks.get().add(receiver.url)
            hooks.close()
        with Sink(store=file) as sink, serve(sink, port=0):
            send((sink.host, sink.port), mail())

            assert receiver.next().path == "/hook"

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from receiving import receiving
from sending import mail, send

from mailsink import Sink
from mailsink.errors import ConfigError, QueryError
from mailsink.webhooks import Webhook, Webhooks
from mailsink.webhooks.pace import Pace

FAST = Pace(first=0.01, longest=0.02, tries=3, timeout=0.5)


def render(hook, message):
    return json.dumps({"hook": hook.id, "subject": message.parsed.subject}).encode()


@pytest.fixture
def hooks(sink):
    hooks = Webhooks(sink.store, render, pace=FAST)
    yield hooks
    hooks.close()


def capture(sink, subject="Hello"):
    send((sink.host, sink.port), mail(subject))


def subject_of(received):
    return json.loads(received.body)["subject"]


def test_a_hook_is_told_of_what_is_captured_from_now_on(sink, hooks):
    capture(sink, "Before")
    with receiving() as receiver:
        hooks.add(receiver.url)
        capture(sink, "After")

        assert subject_of(receiver.next()) == "After"
        assert receiver.is_quiet


def test_a_hook_is_told_of_what_its_query_and_inbox_want(sink, hooks):
    other = sink.listen(inbox="other")
    with receiving() as receiver:
        hooks.add(receiver.url, query="subject:Welcome", inbox="other")
        capture(sink, "Welcome")
        send((other.host, other.port), mail("Goodbye"))
        send((other.host, other.port), mail("Welcome back"))

        assert subject_of(receiver.next()) == "Welcome back"
        assert receiver.is_quiet


def test_a_receiver_that_hangs_holds_up_no_other(sink, hooks):
    with receiving(None) as slow, receiving() as quick:
        hooks.add(slow.url)
        hooks.add(quick.url)
        for number in range(3):
            capture(sink, f"Mail {number}")

        assert [subject_of(quick.next()) for _ in range(3)] == ["Mail 0", "Mail 1", "Mail 2"]


def test_a_hook_that_is_switched_off_is_told_nothing(sink, hooks):
    with receiving() as receiver:
        hook = hooks.add(receiver.url)
        hooks.change(hook.id, enabled=False)
        capture(sink, "Meanwhile")
        hooks.change(hook.id, enabled=True)
        capture(sink, "After")

        assert subject_of(receiver.next()) == "After"
        assert receiver.is_quiet


def test_a_hook_that_is_removed_is_forgotten(sink, hooks):
    with receiving((500, {})) as receiver:
        hook = hooks.add(receiver.url)
        capture(sink)
        receiver.next()

        assert hooks.remove(hook.id) in (0, 1)

    assert list(hooks) == []
    assert hooks.remove(hook.id) is hooks.change(hook.id, query="") is None


def test_a_delivery_can_be_made_again(sink, hooks):
    with receiving() as receiver:
        hook = hooks.add(receiver.url)
        capture(sink, "Once more")
        first = receiver.next()
        (delivery,) = hooks.deliveries(hook.id, limit=10)
        over = hooks.wait_tried(replace(delivery, data=b"[]"), timeout=10)

        hooks.again(over)

        assert receiver.next().headers["webhook-id"] == first.headers["webhook-id"] == over.id


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"url": "ftp://127.0.0.1/"}, ConfigError, "a webhook's URL is http:// or https://"),
        (
            {"url": "https://hooks.example.org/x"},
            ConfigError,
            "webhooks may not go to hooks.example.org; to allow it, start mailsink with --webhook-host hooks.example.org",  # noqa: E501
        ),
        ({"url": "http://127.0.0.1/", "secret": "whsec_?"}, ConfigError, "goes on in Base64"),
        ({"url": "http://127.0.0.1/", "query": "form:ada"}, QueryError, "form"),
    ],
    ids=["address", "host", "secret", "query"],
)
def test_a_hook_that_cannot_work_is_refused(hooks, given, error, words):
    with pytest.raises(error, match=words.replace(".", r"\.").replace("?", r"\?")):
        hooks.add(**given)

    assert list(hooks) == []


def test_no_more_than_a_hundred_can_be_added(hooks, monkeypatch):
    monkeypatch.setattr("mailsink.webhooks.webhooks.MOST", 1)
    hooks.add("http://127.0.0.1:9/")

    with pytest.raises(ConfigError, match="there are 1 webhooks, which is the most; delete one first"):
        hooks.add("http://127.0.0.1:9/")


def test_hosts_are_allowed_by_the_operator(sink):
    hooks = Webhooks(sink.store, render, hosts=["hooks.example.org"])

    assert hooks.add("http://hooks.example.org:9/", enabled=False).url == "http://hooks.example.org:9/"
    hooks.close()


def test_what_waits_in_a_file_survives_a_restart(tmp_path):
    file = tmp_path / "mail.db"
    with receiving(*[(500, {"Retry-After": "0"})] * 2) as receiver:
        with Sink(store=file) as sink:
            hooks = Webhooks(sink.store, render, pace=Pace(first=60, timeout=5))
            hook = hooks.add(receiver.url)
            capture(sink, "Kept")
            receiver.next()
            hooks.close()
        with Sink(store=file) as sink:
            hooks = Webhooks(sink.store, render, pace=FAST)
            (delivery,) = hooks.deliveries(hook.id, limit=10)
            hooks.again(delivery)

            assert [subject_of(receiver.next()) for _ in range(2)] == ["Kept", "Kept"]
            hooks.close()


def test_what_came_while_nobody_told_it_is_told_at_the_next_start(tmp_path):
    file = tmp_path / "mail.db"
    with receiving() as receiver:
        option = Webhook.of_option(receiver.url)
        with Sink(store=file) as sink:
            Webhooks(sink.store, render, given=[option], pace=FAST).close()
            capture(sink, "Unseen")
        with Sink(store=file) as sink:
            again = Webhook.of_option(receiver.url)
            hooks = Webhooks(sink.store, render, given=[again], pace=FAST)

            assert subject_of(receiver.next()) == "Unseen"
            hooks.close()


def test_an_option_that_is_not_given_again_is_forgotten(tmp_path):
    with Sink(store=tmp_path / "mail.db") as sink:
        Webhooks(sink.store, render, given=[Webhook.of_option("http://127.0.0.1:9/")]).close()

        hooks = Webhooks(sink.store, render)

        assert list(hooks) == []
        hooks.close()

from __future__ import annotations

import datetime as dt
import queue

import pytest
from receiving import receiving

from mailsink.store.outbox import Delivery, Outbox
from mailsink.webhooks.courier import ATTEMPTS, Courier
from mailsink.webhooks.hook import Webhook
from mailsink.webhooks.pace import Pace

SLOW = Pace(timeout=30)
FAST = Pace(first=0.01, longest=0.02, tries=3, timeout=0.3)


@pytest.fixture
def box():
    box = Outbox.in_memory()
    yield box
    box.close()


@pytest.fixture
def deliver(box):
    """Hand a delivery to a courier, and give what is known of it once the receiver has had *requests*."""
    couriers, tried = [], queue.SimpleQueue()

    def deliver(receiver, requests=1, *, pace=FAST, **more):
        now = dt.datetime.now(dt.UTC)
        hook = Webhook(id="h", url=receiver.url, created_at=now, since=now, **more)
        box.put_hook("h", b"", seen="")
        box.enqueue("m", [Delivery(id="h-1", hook="h", message="m", data=b"[]", body=b'{"a": 1}')])
        couriers.append(Courier(hook, box, pace, tried.put))
        received = [receiver.next() for _ in range(requests)]
        for _ in range(0 if pace is SLOW else requests):
            tried.get(timeout=10)
        couriers[-1].close(timeout=5)
        found = box.get("h-1")
        return received, found, ATTEMPTS.decode(found.data)

    yield deliver
    for courier in couriers:
        courier.close()


def test_what_is_taken_is_over(deliver):
    with receiving((200, {})) as receiver:
        (received,), found, attempts = deliver(receiver, secret="s3cret", authorization="Bearer token")

    assert found.state == "delivered"
    assert [(a.status, a.error, a.answer) for a in attempts] == [(200, "", "noted")]
    assert received.headers["webhook-id"] == "h-1"
    assert received.headers["webhook-signature"].startswith("v1,")
    assert received.headers["Authorization"] == "Bearer token"
    assert received.body == b'{"a": 1}'


def test_what_fails_is_tried_again_under_the_same_id_until_it_is_taken(deliver):
    with receiving((500, {}), "cut") as receiver:
        received, found, attempts = deliver(receiver, 3)

    assert {one.headers["webhook-id"] for one in received} == {"h-1"}
    assert found.state == "delivered"
    assert [(a.status, a.error) for a in attempts] == [
        (500, "the answer is 500, and 2xx is wanted"),
        (0, "the connection was closed without an answer"),
        (200, ""),
    ]


def test_after_the_last_try_it_has_failed(deliver):
    with receiving(*[(503, {})] * 3) as receiver:
        _, found, attempts = deliver(receiver, 3)
        assert receiver.is_quiet

    assert (found.state, len(attempts)) == ("failed", 3)


def test_a_receiver_that_hangs_is_given_up_and_tried_again(deliver):
    with receiving(None) as receiver:
        _, found, attempts = deliver(receiver, 2)

    assert found.state == "delivered"
    assert attempts[0].error.endswith("answer came within 0.3 s")


def test_who_asks_to_wait_is_not_asked_before(deliver):
    with receiving((429, {"Retry-After": "60"})) as receiver:
        _, found, attempts = deliver(receiver)

    assert found.state == "waiting"
    assert found.due - attempts[0].at.timestamp() >= 60


def test_who_is_gone_is_not_asked_again(deliver):
    with receiving((410, {})) as receiver:
        _, found, _ = deliver(receiver)

    assert found.state == "failed"


def test_a_redirect_is_an_error_that_names_the_host_alone(deliver):
    with receiving((307, {"Location": "http://ada:s3cret@elsewhere.example/x?token=1"})) as receiver:
        _, found, attempts = deliver(receiver)

    assert found.state == "waiting"
    assert attempts[0].error == (
        "the answer leads elsewhere to elsewhere.example, which is not followed; change the webhook's URL"
    )


def test_what_is_broken_off_at_the_end_counts_as_no_try(deliver):
    with receiving(None) as receiver:
        _, found, attempts = deliver(receiver, pace=SLOW)

    assert (found.state, attempts) == ("waiting", ())

"""Publish and subscribe."""

from __future__ import annotations

import threading

import pytest

from mailsink.events import Event, Events, Subscription

TIMEOUT = 10.0


def numbers(subscription: Subscription) -> list[int]:
    """The numbers of the events that wait, without waiting."""
    found = []
    while event := subscription.get(timeout=0):
        found.append(event.number)
    return found


def publish(events: Events, count: int) -> None:
    for _ in range(count):
        events.publish("captured", inbox="default", ids=("1",))


def test_an_event_is_what_was_published():
    events = Events()

    event = events.publish("captured", inbox="signup", ids=("1", "2"))

    assert event == Event(1, "captured", "signup", ("1", "2"))
    assert events.number == 1


def test_numbers_count_up_from_1_without_gaps():
    events = Events()

    with events.subscribe() as subscription:
        publish(events, 5)

        assert numbers(subscription) == [1, 2, 3, 4, 5]


def test_each_events_has_an_epoch_of_its_own():
    assert Events().epoch != Events().epoch


def test_a_subscription_begins_now():
    events = Events()
    publish(events, 3)

    with events.subscribe() as subscription:
        publish(events, 1)

        assert numbers(subscription) == [4]
        assert not subscription.missed


def test_a_subscription_can_begin_after_an_earlier_event():
    events = Events()
    publish(events, 3)

    with events.subscribe(after=1) as subscription:
        publish(events, 1)

        assert numbers(subscription) == [2, 3, 4]
        assert not subscription.missed


@pytest.mark.parametrize(
    ("after", "missed", "expected"),
    [(0, True, [3, 4, 5]), (1, True, [3, 4, 5]), (2, False, [3, 4, 5]), (5, False, []), (6, True, [])],
)
def test_a_subscription_knows_whether_events_were_lost(after: int, missed: bool, expected: list[int]):
    events = Events(kept=3)
    publish(events, 5)

    with events.subscribe(after=after) as subscription:
        assert subscription.missed is missed
        assert numbers(subscription) == expected


def test_a_subscription_from_the_start_of_an_empty_history_has_missed_nothing():
    with Events().subscribe(after=0) as subscription:
        assert not subscription.missed


def test_a_subscription_takes_only_its_kinds():
    events = Events()

    with events.subscribe(kinds=("changed", "session")) as subscription:
        for kind in ("captured", "changed", "deleted", "session"):
            events.publish(kind)

        assert numbers(subscription) == [2, 4]


def test_a_subscription_takes_only_its_inbox_and_what_concerns_all():
    events = Events()

    with events.subscribe(inbox="a") as subscription:
        for inbox in ("a", "b", ""):
            events.publish("deleted", inbox=inbox)

        assert numbers(subscription) == [1, 3]


def test_what_is_caught_up_with_is_narrowed_too():
    events = Events()
    for inbox in ("a", "b"):
        events.publish("captured", inbox=inbox)

    with events.subscribe(after=0, inbox="b") as subscription:
        assert numbers(subscription) == [2]


@pytest.mark.parametrize("timeout", [0, -1.5, 0.001])
def test_get_gives_none_when_nothing_came(timeout: float):
    with Events().subscribe() as subscription:
        assert subscription.get(timeout=timeout) is None


def test_a_waiting_get_is_woken_by_an_event():
    events = Events()

    with events.subscribe() as subscription:
        thread = threading.Thread(target=publish, args=(events, 1))
        thread.start()
        event = subscription.get(timeout=TIMEOUT)
        thread.join()

    assert event is not None


def test_wake_ends_one_wait():
    events = Events()

    with events.subscribe() as subscription:
        subscription.wake()

        assert subscription.get() is None
        publish(events, 1)
        assert subscription.get(timeout=TIMEOUT) is not None


def test_a_closed_subscription_gets_nothing_more():
    events = Events()
    subscription = events.subscribe()
    subscription.close()
    subscription.close()

    publish(events, 1)

    assert subscription.get(timeout=0) is None


def test_closing_ends_every_subscription_after_what_it_was_offered():
    events = Events()
    subscription = events.subscribe()
    publish(events, 2)

    events.close()

    assert subscription.ended
    assert numbers(subscription) == [1, 2]
    assert subscription.get() is None
    assert subscription.get() is None


def test_closing_wakes_a_waiting_get():
    events = Events()
    subscription = events.subscribe()
    found: list[Event | None] = []
    thread = threading.Thread(target=lambda: found.append(subscription.get()))
    thread.start()

    events.close()
    thread.join(TIMEOUT)

    assert found == [None]


def test_a_subscription_to_closed_events_is_ended_from_its_start():
    events = Events()
    publish(events, 1)
    events.close()

    subscription = events.subscribe(after=0)

    assert subscription.ended
    assert numbers(subscription) == [1]
    assert subscription.get() is None


def test_events_of_many_threads_reach_every_subscription_in_one_order():
    events = Events()
    subscriptions = [events.subscribe() for _ in range(3)]
    threads = [threading.Thread(target=publish, args=(events, 200)) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [numbers(subscription) for subscription in subscriptions] == [list(range(1, 801))] * 3


def test_who_has_events_only_while_somebody_listens_hears_when_somebody_does():
    events = Events()
    told = []
    events.followed = lambda: told.append(events.is_followed)

    with events.subscribe(), events.subscribe():
        assert told == [True, True]

    assert not events.is_followed

from __future__ import annotations

import threading

from mailsink.activity import Activity


def test_nobody_is_busy_at_first():
    activity = Activity()

    assert activity.wait_idle("a", timeout=0)
    assert activity.wait_idle(None, timeout=0)


def test_a_busy_session_is_waited_for_in_vain():
    activity = Activity()
    activity.enter("a")

    assert not activity.wait_idle("a", timeout=0)
    assert not activity.wait_idle(None, timeout=0.01)


def test_a_busy_session_of_another_inbox_is_not_waited_for():
    activity = Activity()
    activity.enter("a")

    assert activity.wait_idle("b", timeout=0)


def test_an_inbox_is_idle_when_its_last_session_left():
    activity = Activity()
    activity.enter("a")
    activity.enter("a")

    activity.leave("a")
    between = activity.wait_idle("a", timeout=0)
    activity.leave("a")

    assert (between, activity.wait_idle("a", timeout=0)) == (False, True)


def test_who_waits_is_woken_when_the_session_leaves():
    activity = Activity()
    activity.enter("a")
    found: list[bool] = []
    waiter = threading.Thread(target=lambda: found.append(activity.wait_idle("a", timeout=10)))
    waiter.start()

    activity.leave("a")
    waiter.join(10)

    assert found == [True]


def test_who_waits_for_all_is_woken_when_the_last_inbox_is_idle():
    activity = Activity()
    activity.enter("a")
    activity.enter("b")
    found: list[bool] = []
    waiter = threading.Thread(target=lambda: found.append(activity.wait_idle(None, timeout=10)))
    waiter.start()

    activity.leave("a")
    activity.leave("b")
    waiter.join(10)

    assert found == [True]

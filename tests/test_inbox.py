from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from messages import message
from sending import in_data, mail, raw, send

from mailsink import Inbox, Sink
from mailsink.activity import Activity
from mailsink.errors import ExpectationError, QueryError
from mailsink.events import Events, Subscription
from mailsink.query import query_of
from mailsink.store import open_store


class TellingEvents(Events):
    """Tells of a waiter: it subscribes before it looks."""

    def __init__(self) -> None:
        super().__init__()
        self.subscribed = threading.Event()

    def subscribe(self, **how: Any) -> Subscription:
        subscription = super().subscribe(**how)
        self.subscribed.set()
        return subscription


class Shelf:
    """A memory store, and a way to put messages into it."""

    def __init__(self) -> None:
        self.store = open_store("memory", events=TellingEvents())
        self.inbox = Inbox(self.store, "default")

    def put(self, subject: str = "Hello", *, inbox: str = "default") -> str:
        added = message(subject=subject, state={"inbox": inbox})
        self.store.add(added, lambda _: None)
        return added.id


@pytest.fixture
def shelf():
    shelf = Shelf()
    yield shelf
    shelf.store.close()


@pytest.fixture
def sink():
    store = open_store("memory", events=TellingEvents())
    with Sink(store=store) as sink:
        yield sink
    store.close()


def at(sink: Sink) -> tuple[str, int]:
    return sink.host, sink.port


def subjects(messages) -> list[str]:
    return [each.subject for each in messages]


class Waiting:
    """A call in a thread of its own that has certainly begun."""

    def __init__(self, inbox: Inbox, call: Callable[[], object]) -> None:
        self.result: object = None
        self.error: BaseException | None = None
        subscribed = inbox._store.events.subscribed
        subscribed.clear()
        self._thread = threading.Thread(target=self._run, args=(call,))
        self._thread.start()
        assert subscribed.wait(10)

    def _run(self, call: Callable[[], object]) -> None:
        try:
            self.result = call()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            self.error = error

    def end(self) -> object:
        self._thread.join(10)
        assert not self._thread.is_alive()
        if self.error is not None:
            raise self.error
        return self.result


# --- reading


def test_an_inbox_counts_lists_and_gives_its_messages_oldest_first(shelf):
    first, second = shelf.put("1"), shelf.put("2")

    assert len(shelf.inbox) == 2
    assert [each.id for each in shelf.inbox] == [first, second]
    assert shelf.inbox.counts().unread == 2


def test_a_list_is_newest_first_and_goes_on_at_its_cursor(shelf):
    shelf.put("1"), shelf.put("2"), shelf.put("3")

    page = shelf.inbox.list(limit=2)
    rest = shelf.inbox.list(limit=2, before=page.next)

    assert subjects(page.summaries) == ["3", "2"]
    assert (subjects(rest.summaries), rest.next) == (["1"], None)


def test_a_list_takes_a_search_text_or_a_query(shelf):
    shelf.put("Invoice"), shelf.put("Welcome")

    assert subjects(shelf.inbox.list("subject:invoice").summaries) == ["Invoice"]
    assert subjects(shelf.inbox.list(query_of(subject="Welcome")).summaries) == ["Welcome"]
    assert shelf.inbox.counts("subject:invoice").total == 1


def test_a_wrong_search_text_is_refused(shelf):
    with pytest.raises(QueryError):
        shelf.inbox.list('subject:"not closed')


def test_a_message_is_got_by_its_id_or_as_the_latest(shelf):
    first, second = shelf.put("1"), shelf.put("2")

    assert shelf.inbox.get(first).subject == "1"
    assert shelf.inbox.get("latest").id == second
    assert shelf.inbox.get("nothing") is None


def test_an_empty_inbox_has_no_latest(shelf):
    assert shelf.inbox.get("latest") is None


def test_an_inbox_shows_nothing_of_another(shelf):
    other = shelf.put("1", inbox="other")

    assert list(shelf.inbox) == []
    assert shelf.inbox.get(other) is None
    assert shelf.inbox.get("latest") is None
    assert len(Inbox(shelf.store, "other")) == 1


def test_an_inbox_changes_nothing_of_another(shelf):
    other = shelf.put("1", inbox="other")

    assert shelf.inbox.mark([other], read=True) == 0
    assert shelf.inbox.mark_all_read() == 0
    assert shelf.inbox.delete([other]) == 0
    assert shelf.inbox.clear() == 0
    assert Inbox(shelf.store, "other").counts().unread == 1


def test_all_inboxes_are_read_as_one(shelf):
    shelf.put("1", inbox="a"), shelf.put("2", inbox="b")

    everything = Inbox(shelf.store, None)

    assert subjects(everything) == ["1", "2"]
    assert everything.delete([m.id for m in everything]) == 2


def test_marks_are_set_and_kept(shelf):
    first = shelf.put("1")

    assert shelf.inbox.mark([first, "nothing"], read=True, starred=True, tags=("a",)) == 1
    found = shelf.inbox.get(first)
    assert (found.read, found.starred, found.tags) == (True, True, ("a",))


def test_all_are_marked_read(shelf):
    shelf.put("1"), shelf.put("2")

    assert shelf.inbox.mark_all_read() == 2
    assert shelf.inbox.counts().unread == 0


def test_messages_are_deleted_and_cleared(shelf):
    first = shelf.put("1")
    shelf.put("2"), shelf.put("3")

    assert shelf.inbox.delete([first]) == 1
    assert shelf.inbox.clear() == 2
    assert len(shelf.inbox) == 0


def test_one_id_needs_no_list(shelf):
    first, second = shelf.put("1"), shelf.put("2")

    assert shelf.inbox.mark(first, starred=True) == 1
    assert shelf.inbox.delete(first) == 1
    assert [message.id for message in shelf.inbox] == [second]


def test_find_does_not_wait_and_gives_the_oldest_first(shelf):
    shelf.put("Code 1"), shelf.put("Other"), shelf.put("Code 2")

    assert subjects(shelf.inbox.find(subject=re.compile("^Code"))) == ["Code 1", "Code 2"]
    assert shelf.inbox.find(subject="Nothing") == []
    assert len(shelf.inbox.find()) == 3


def test_find_wants_both_the_query_and_the_words(shelf):
    shelf.put("Code 1"), shelf.put("Code 2")

    assert subjects(shelf.inbox.find("subject:code", subject="Code 2")) == ["Code 2"]


def test_an_inbox_says_what_it_is(shelf):
    shelf.put()

    assert repr(shelf.inbox) == "<Inbox default: 1 messages>"
    assert repr(Inbox(shelf.store, None)) == "<Inbox all: 1 messages>"


# --- waiting


def test_a_message_that_came_before_is_taken(shelf):
    shelf.put()

    outcome = shelf.inbox.wait()

    assert (subjects(outcome.matched), outcome.complete) == (["Hello"], True)
    assert outcome.waited < 1


def test_a_message_that_comes_during_the_wait_wakes_it(shelf):
    waiting = Waiting(shelf.inbox, lambda: shelf.inbox.wait(timeout=10))

    shelf.put()

    outcome = waiting.end()
    assert (subjects(outcome.matched), outcome.complete) == (["Hello"], True)
    assert outcome.waited < 5


def test_a_message_that_comes_after_the_wait_is_not_waited_for(shelf):
    outcome = shelf.inbox.wait(timeout=0.02)
    shelf.put()

    assert (outcome.matched, outcome.complete) == ((), False)
    assert 0.02 <= outcome.waited < 1


def test_a_wait_without_time_looks_once(shelf):
    shelf.put("Other")

    outcome = shelf.inbox.wait("subject:hello", timeout=0)

    assert (outcome.complete, subjects(outcome.others)) == (False, ["Other"])


def test_a_wait_goes_on_until_there_are_enough(shelf):
    shelf.put("1")
    waiting = Waiting(shelf.inbox, lambda: shelf.inbox.wait(count=3, timeout=10))

    shelf.put("2"), shelf.put("3")

    assert subjects(waiting.end().matched) == ["1", "2", "3"]


def test_a_wait_that_sees_too_few_gives_those(shelf):
    shelf.put("1")

    outcome = shelf.inbox.wait(count=2, timeout=0.02)

    assert (subjects(outcome.matched), outcome.complete) == (["1"], False)


def test_a_wait_passes_over_what_does_not_match(shelf):
    waiting = Waiting(shelf.inbox, lambda: shelf.inbox.wait(query_of(subject="Code"), timeout=10))

    shelf.put("Other"), shelf.put("Code")

    assert subjects(waiting.end().matched) == ["Code"]


def test_a_wait_passes_over_other_inboxes(shelf):
    waiting = Waiting(shelf.inbox, lambda: shelf.inbox.wait(timeout=10))

    shelf.put("other's", inbox="other"), shelf.put("ours")

    assert subjects(waiting.end().matched) == ["ours"]


def test_a_wait_after_an_id_takes_only_what_is_newer(shelf):
    shelf.put("old")
    last = shelf.put("last")
    waiting = Waiting(shelf.inbox, lambda: shelf.inbox.wait(after=last, timeout=10))

    shelf.put("new")

    outcome = waiting.end()
    assert (subjects(outcome.matched), outcome.others) == (["new"], ())


def test_a_wait_after_an_id_takes_what_came_since(shelf):
    last = shelf.put("last")
    shelf.put("new")

    assert subjects(shelf.inbox.wait(after=last, timeout=0).matched) == ["new"]


def test_a_wait_after_the_latest_takes_only_what_comes_now(shelf):
    shelf.put("old"), shelf.put("other's", inbox="other")

    with shelf.inbox.waiter(after="latest") as waiter:
        shelf.put("new")

        assert subjects(waiter.wait(1, 10).matched) == ["new"]


def test_a_wait_keeps_the_newest_of_the_others(shelf):
    for number in range(60):
        shelf.put(str(number))

    outcome = shelf.inbox.wait(query_of(subject="none"), timeout=0)

    assert subjects(outcome.others) == [str(number) for number in range(9, 60)]


def test_a_message_that_was_deleted_at_once_does_no_harm(shelf):
    waiting = Waiting(shelf.inbox, lambda: shelf.inbox.wait(timeout=10))

    # The event is there before the waiter can look: what it names is gone.
    shelf.store.events.publish("captured", inbox="default", ids=("gone",))
    shelf.put()

    assert subjects(waiting.end().matched) == ["Hello"]


def test_a_wait_ends_when_the_events_end(shelf):
    waiting = Waiting(shelf.inbox, lambda: shelf.inbox.wait(timeout=60))

    shelf.store.events.close()

    assert waiting.end().complete is False


def test_a_wait_may_be_as_long_as_one_likes(shelf):
    waiting = Waiting(shelf.inbox, lambda: shelf.inbox.wait(timeout=float("inf")))

    shelf.put()

    assert waiting.end().complete


def test_a_hundred_waiters_are_all_woken(sink):
    with ThreadPoolExecutor(100) as pool:
        waiting = [
            pool.submit(sink.inbox.expect, subject=f"Mail {number}", timeout=30) for number in range(100)
        ]
        for number in range(100):
            send(at(sink), mail(f"Mail {number}"))

        assert subjects(each.result() for each in waiting) == [f"Mail {n}" for n in range(100)]


def test_a_hundred_waiters_for_one_message_are_all_woken(sink):
    with ThreadPoolExecutor(100) as pool:
        waiting = [pool.submit(sink.inbox.expect, timeout=30) for _ in range(100)]
        send(at(sink))

        assert {each.result().id for each in waiting} == {sink.inbox.get("latest").id}


def test_waiting_leaves_no_subscription(shelf):
    shelf.inbox.wait(timeout=0.01)
    with pytest.raises(ExpectationError):
        shelf.inbox.expect(timeout=0)

    assert shelf.store.events._subscriptions == set()


# --- expecting


def test_exactly_one_is_returned(sink):
    send(at(sink))

    assert sink.inbox.expect(subject="Hello").subject == "Hello"


def test_the_same_message_may_be_expected_again(sink):
    send(at(sink))

    assert sink.inbox.expect() == sink.inbox.expect()


def test_so_many_are_returned_oldest_first(sink):
    send(at(sink), mail("1"))
    send(at(sink), mail("2"))

    assert subjects(sink.inbox.expect(count=2)) == ["1", "2"]


def test_a_count_of_one_gives_one_in_a_tuple(sink):
    send(at(sink))

    assert len(sink.inbox.expect(count=1)) == 1


def test_a_count_of_none_at_all_expects_nothing(sink):
    assert sink.inbox.expect(count=0, subject="Hello") == ()


def test_a_negative_count_is_refused(shelf):
    with pytest.raises(ValueError, match=r"^count=-1: must be 0 or more$"):
        shelf.inbox.expect(count=-1)


def test_nothing_that_came_is_said(sink):
    with pytest.raises(ExpectationError) as caught:
        sink.inbox.expect(rcpt="ada@example.org", subject="Welcome", timeout=0)

    assert str(caught.value) == (
        f"expected 1 message, got 0 (sink {sink.listeners[0].address})\n"
        "    rcpt     'ada@example.org'\n"
        "    subject  'Welcome'\n"
        "no message came\n"
        "    nobody has connected there: is the application pointed to it?"
    )


def test_who_connected_and_sent_nothing_is_not_told_that_nobody_did(sink):
    with raw((sink.listeners[0].host, sink.listeners[0].port)) as client:
        client.reply()

        with pytest.raises(ExpectationError) as caught:
            sink.inbox.expect(timeout=0)

    came, trouble = str(caught.value).splitlines()[1:]
    assert came == "no message came"
    assert trouble.startswith("    the client at 127.0.0.1:")
    assert trouble.endswith(" is connected and sent no message yet; it has said nothing")


def test_how_long_was_waited_is_said(shelf):
    with pytest.raises(ExpectationError) as caught:
        shelf.inbox.expect(timeout=0.02)

    assert re.fullmatch(r"expected 1 message, got 0 after 0\.\d\d s\nno message came", str(caught.value))


def test_one_too_many_is_said(sink):
    send(at(sink), mail("1"))
    send(at(sink), mail("2"))

    with pytest.raises(ExpectationError) as caught:
        sink.inbox.expect()

    assert str(caught.value) == (
        f"expected 1 message, got 2 (sink {sink.listeners[0].address})\n"
        "2 messages match:\n"
        "  1. shop@example.com -> ada@example.org  '1'\n"
        "  2. shop@example.com -> ada@example.org  '2'"
    )


def test_one_too_many_over_one_connection_is_noticed(sink):
    # The second mail is on its way when the first has come; nobody knows of it but its session.
    def two_mails() -> None:
        with raw(at(sink)) as client:
            client.reply()
            client.ask(b"EHLO client.example.org")
            for subject in ("1", "2"):
                client.ask(b"MAIL FROM:<shop@example.com>")
                client.ask(b"RCPT TO:<ada@example.org>")
                client.ask(b"DATA")
                client.ask(mail(subject) + b"\r\n.")
            client.ask(b"QUIT")

    sender = threading.Thread(target=two_mails)
    sender.start()

    with pytest.raises(ExpectationError) as caught:
        sink.inbox.expect(timeout=10)

    sender.join()
    assert str(caught.value).startswith("expected 1 message, got 2 ")


def test_one_too_many_over_another_connection_is_noticed(sink):
    with in_data(at(sink), mail("2")) as second:
        send(at(sink), mail("1"))
        waiting = Waiting(sink.inbox, lambda: sink.inbox.expect(timeout=10))
        second.ask(b"\r\n.")

        with pytest.raises(ExpectationError, match=r"^expected 1 message, got 2 "):
            waiting.end()


def test_a_session_that_says_nothing_holds_an_expectation_up_for_a_quarter_of_a_second_at_most(sink):
    with in_data(at(sink)):
        send(at(sink))
        began = time.monotonic()
        sink.inbox.expect()
        took = time.monotonic() - began

    assert 0.2 < took < 2


def test_an_idle_connection_holds_nobody_up(sink):
    with in_data(at(sink), mail("Sent before")) as pooled:
        pooled.ask(b"\r\n.")
        sink.inbox.clear()
        send(at(sink))
        began = time.monotonic()
        sink.inbox.expect()
        took = time.monotonic() - began

    assert took < 0.2


def test_what_was_refused_is_said(sink):
    with raw(at(sink)) as client:
        client.reply()
        client.ask(b"HELO client.example.org")
        client.ask(b"MAIL FROM:<shop@example.com> COLOUR=red")
        peer = client.socket.getsockname()

        with pytest.raises(ExpectationError) as caught:
            sink.inbox.expect(timeout=0)

    said = str(caught.value).split("\n")
    assert said[1] == "no message came"
    assert said[2].startswith(f"    the client at {peer[0]}:{peer[1]} was answered 5")
    assert said[2].endswith(" to MAIL")


def test_what_another_inbox_refused_is_not_said(sink):
    other = sink.listen(inbox="other")
    with raw((other.host, other.port)) as client:
        client.reply()
        client.ask(b"NONSENSE")

        with pytest.raises(ExpectationError) as caught:
            sink.inbox.expect(timeout=0)

    assert str(caught.value).splitlines() == [
        f"expected 1 message, got 0 (sink {sink.listeners[0].address})",
        "no message came",
        "    nobody has connected there: is the application pointed to it?",
    ]


# --- expecting nothing


def test_nothing_is_as_expected(sink):
    assert sink.inbox.expect_none() is None


def test_what_is_there_and_does_not_match_is_as_expected(sink):
    send(at(sink))

    sink.inbox.expect_none(subject="Goodbye")


def test_what_is_there_is_said(sink):
    send(at(sink))

    with pytest.raises(ExpectationError) as caught:
        sink.inbox.expect_none(subject="Hello")

    assert str(caught.value) == (
        f"expected no message, got 1 (sink {sink.listeners[0].address})\n"
        "    subject  'Hello'\n"
        "  1. shop@example.com -> ada@example.org  'Hello'"
    )


def test_what_comes_within_the_time_is_said_at_once(sink):
    waiting = Waiting(sink.inbox, lambda: sink.inbox.expect_none(within=30))
    began = time.monotonic()

    send(at(sink))

    with pytest.raises(ExpectationError, match=r"^expected no message, got 1 "):
        waiting.end()
    assert time.monotonic() - began < 10


def test_nothing_within_the_time_takes_that_time(shelf):
    began = time.monotonic()

    shelf.inbox.expect_none(within=0.05)

    assert time.monotonic() - began >= 0.05


def test_a_session_in_flight_is_waited_for(sink):
    with in_data(at(sink)) as client:
        waiting = Waiting(sink.inbox, lambda: sink.inbox.expect_none())
        client.ask(b"\r\n.")

        with pytest.raises(ExpectationError, match=r"^expected no message, got 1"):
            waiting.end()


def test_a_session_of_another_inbox_is_not_waited_for(sink):
    other = sink.listen(inbox="other")
    with in_data((other.host, other.port)):
        began = time.monotonic()
        sink.inbox.expect_none()

        assert time.monotonic() - began < 0.2


def test_without_knowledge_of_sessions_nobody_is_waited_for(shelf):
    assert shelf.inbox.wait_idle()


def test_a_busy_session_is_known(shelf):
    activity = Activity()
    activity.enter("default")

    assert not Inbox(shelf.store, activity=activity).wait_idle(0)


# --- not on an event loop


@pytest.mark.parametrize(
    "wait",
    [
        lambda inbox: inbox.wait(timeout=1),
        lambda inbox: inbox.expect(),
        lambda inbox: inbox.expect_none(within=1),
    ],
    ids=["wait", "expect", "expect_none"],
)
def test_waiting_would_block_a_running_loop_and_is_refused(shelf, wait, request):
    async def waits() -> None:
        wait(shelf.inbox)

    with pytest.raises(RuntimeError) as caught:
        asyncio.run(waits())

    verb = request.node.callspec.id
    assert str(caught.value) == (
        f"waiting here would block the running event loop; write: await asyncio.to_thread(inbox.{verb}, ...)"
    )


def test_a_session_in_flight_would_block_a_running_loop_and_is_refused(sink):
    async def looks() -> None:
        sink.inbox.expect_none()

    with in_data(at(sink)), pytest.raises(RuntimeError, match=r"to_thread\(inbox.expect_none,"):
        asyncio.run(looks())


def test_what_is_there_can_be_expected_on_a_running_loop(shelf):
    async def looks() -> str:
        return shelf.inbox.expect().subject

    shelf.put()

    assert asyncio.run(looks()) == "Hello"


def test_the_advice_for_a_running_loop_works(sink):
    async def waits() -> str:
        found = asyncio.create_task(asyncio.to_thread(sink.inbox.expect, subject="Hello"))
        await asyncio.to_thread(send, at(sink))
        return (await found).subject

    assert asyncio.run(waits()) == "Hello"


def test_a_loop_that_only_runs_around_the_caller_is_not_blocked_and_not_refused(shelf):
    # Playwright's synchronous API calls a test from within its own loop, with no task at work.
    loop = asyncio.new_event_loop()
    outcomes = []
    loop.call_soon(lambda: outcomes.append(shelf.inbox.wait(timeout=0.01)))
    loop.call_soon(loop.stop)

    loop.run_forever()

    loop.close()
    assert [outcome.complete for outcome in outcomes] == [False]

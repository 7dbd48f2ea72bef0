"""Every promise of the store contract, for both stores."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

import keeping
import pytest
from hypothesis import HealthCheck, given, settings
from keeping import keep, mail, session
from messages import content, message

from mailsink.errors import StoreError
from mailsink.message import Message, new_id
from mailsink.query import query_of
from mailsink.store import Counts, Page, Store


def ids_of(messages) -> list[str]:
    return [m.id for m in messages]


def pages(store: Store, **how) -> list[str]:
    """The ids of every page, one after the other."""
    found: list[str] = []
    before: str | None = ""
    while before is not None:
        page = store.page(before=before, **how)
        found += ids_of(page.summaries)
        before = page.next
    return found


# add and get


def test_an_added_message_comes_back_whole(store: Store):
    (added,) = keep(store, message(state={"tags": ("urgent",), "notes": ("a bare LF",)}))

    assert store.get(added.id) == added


@given(keeping.messages)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_a_client_sent_comes_back_identical(store: Store, added: Message):
    keep(store, added)

    assert store.get(added.id) == added


def test_messages_are_added_all_at_once(store: Store):
    told: queue.SimpleQueue[tuple[int, object]] = queue.SimpleQueue()
    messages = [mail(), mail("other"), mail()]

    def done(number: int) -> Callable[[object], None]:
        return lambda error: told.put((number, error))

    store.add_all([(message, done(number)) for number, message in enumerate(messages)])

    assert [told.get(timeout=10) for _ in messages] == [(0, None), (1, None), (2, None)]
    assert ids_of(store.scan()) == ids_of(messages)


@pytest.mark.parametrize("message_id", ["", "nothing", "\udc80", "a\0b", "é" * 22])
def test_an_unknown_id_is_nobodys(store: Store, message_id: str):
    keep(store, mail())

    assert store.get(message_id) is None


def test_the_captured_event_comes_before_done(store: Store):
    with store.events.subscribe() as subscription:
        seen = []
        told = threading.Event()

        def done(error: StoreError | None) -> None:
            seen.append(subscription.get(timeout=0))
            told.set()

        added = mail("signup")
        store.add(added, done)

        assert told.wait(keeping.TIMEOUT)
    assert [(e.kind, e.inbox, e.ids) for e in seen] == [("captured", "signup", (added.id,))]


def test_a_message_can_be_read_once_its_event_came(store: Store):
    with store.events.subscribe(kinds=("captured",)) as subscription:
        for _ in range(100):
            store.add(mail(), [].append)

        missing = [e for e in (subscription.get(timeout=10) for _ in range(100)) if not store.get(e.ids[0])]

    assert missing == []


def test_an_id_that_is_there_already_is_refused_and_nothing_is_lost(store: Store):
    first = mail()
    keep(store, first)

    with pytest.raises(StoreError, match=f"there is a message {first.id} already"):
        keep(store, message(octets=b"another", state={"id": first.id}))

    assert store.get(first.id) == first
    assert store.counts() == Counts(total=1, unread=1)


def test_5000_adds_from_4_threads_lose_none_and_keep_the_order_of_each_thread(store: Store):
    inboxes = [f"thread-{number}" for number in range(4)]
    added: dict[str, list[str]] = {}

    def add(inbox: str) -> None:
        added[inbox] = ids_of(keep(store, *(mail(inbox) for _ in range(1250))))

    with store.events.subscribe() as subscription:
        threads = [threading.Thread(target=add, args=(inbox,)) for inbox in inboxes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        events = [subscription.get(timeout=0) for _ in range(5000)]

    assert store.counts() == Counts(total=5000, unread=5000)
    for inbox in inboxes:
        assert ids_of(store.scan(inbox=inbox)) == added[inbox]
        assert [e.ids[0] for e in events if e.inbox == inbox] == added[inbox]


# latest, page, scan


def test_an_empty_store_has_nothing_to_list(store: Store):
    assert store.latest() is None
    assert store.page() == Page(summaries=(), next=None)
    assert list(store.scan()) == []
    assert store.counts() == Counts(total=0, unread=0)
    assert store.inboxes() == {}
    assert store.sessions() == ()


def test_latest_is_the_newest_of_its_inbox(store: Store):
    _, second, third = keep(store, mail("a"), mail("a"), mail("b"))

    assert store.latest() == third
    assert store.latest(inbox="a") == second
    assert store.latest(inbox="none") is None


def test_a_page_is_the_summaries_newest_first(store: Store):
    added = keep(store, message(subject="Your code is 482913"), message(subject=None), mail("other"))

    page = store.page(inbox="default")

    assert page == Page(summaries=(added[1].summary, added[0].summary), next=None)


def test_a_second_look_at_a_page_shows_the_same(store: Store):
    keep(store, *(message(subject=f"Mail {n}", files=[("a.txt", "text/plain", b"x")]) for n in range(5)))

    assert store.page() == store.page()


def test_a_summary_shows_the_flags_as_they_are_now(store: Store):
    (added,) = keep(store, mail())
    store.page()
    store.mark([added.id], read=True, tags=("seen",))

    (summary,) = store.page().summaries

    assert (summary.read, summary.starred, summary.tags) == (True, False, ("seen",))


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 10, 11])
@pytest.mark.parametrize("query", [None, query_of(subject="Hello")], ids=["all", "searched"])
def test_the_pages_together_are_every_message_once(store: Store, limit: int, query):
    added = keep(store, *(mail() for _ in range(10)), mail("other"))

    assert pages(store, inbox="default", limit=limit, query=query) == ids_of(reversed(added[:10]))


def test_the_last_full_page_has_no_next(store: Store):
    keep(store, mail(), mail())

    assert store.page(limit=2).next is None
    assert store.page(limit=1).next is not None


@pytest.mark.parametrize("limit", [0, -1])
def test_a_page_of_no_length_is_empty(store: Store, limit: int):
    keep(store, mail(), mail())

    assert store.page(limit=limit) == Page(summaries=(), next=None)


def test_a_cursor_stays_right_while_messages_come_and_go(store: Store):
    added = ids_of(keep(store, *(mail() for _ in range(10))))
    first = store.page(limit=4)
    store.delete([added[6], added[5], added[2]])  # the cursor's own, the next, one further down
    keep(store, mail(), mail())

    rest = store.page(limit=10, before=first.next)

    assert ids_of(rest.summaries) == [added[4], added[3], added[1], added[0]]


def test_a_cursor_of_a_search_stays_right_when_its_message_is_deleted(store: Store):
    added = ids_of(keep(store, *(mail() for _ in range(10))))
    query = query_of(subject="Hello")
    first = store.page(limit=4, query=query)
    store.delete([added[6], added[5]])

    rest = store.page(limit=10, before=first.next, query=query)

    assert ids_of(rest.summaries) == added[4::-1]
    assert ids_of(store.scan(query=query, after=added[5])) == added[7:]


def test_a_scan_may_be_of_what_matches_and_newest_first(store: Store):
    added = keep(store, *(message(subject=f"Mail {n % 2}") for n in range(6)))
    query = query_of(subject="Mail 1")

    assert list(store.scan(query=query)) == [added[1], added[3], added[5]]
    assert list(store.scan(query=query, newest_first=True, after=added[1].id)) == [added[5], added[3]]
    assert list(store.scan(newest_first=True, after=added[3].id)) == [added[5], added[4]]


def test_a_cursor_that_nobody_gave_out_is_no_error(store: Store):
    keep(store, mail())

    assert store.page(before="\0").summaries == ()
    assert store.page(before="0" * 22).summaries == ()


def test_a_page_holds_what_the_query_matches(store: Store):
    added = keep(store, *(message(subject=f"Mail {'odd' if n % 2 else 'even'}") for n in range(6)))

    page = store.page(query=query_of(subject="Mail odd"), limit=2)

    assert ids_of(page.summaries) == [added[5].id, added[3].id]
    assert page.next == added[3].id


def test_ids_that_come_out_of_order_are_listed_in_order(store: Store):
    ids = [new_id() for _ in range(5)]
    for number in (3, 0, 4, 1, 2):
        keep(store, mail(id=ids[number]))

    assert pages(store, limit=2) == ids[::-1]
    assert ids_of(store.scan()) == ids
    assert store.latest().id == ids[4]


def test_scan_is_oldest_first_and_starts_after_an_id(store: Store):
    added = keep(store, mail("a"), mail("b"), mail("a"), mail("a"))

    assert list(store.scan()) == list(added)
    assert list(store.scan(inbox="a", after=added[0].id)) == [added[2], added[3]]
    assert list(store.scan(inbox="none")) == []


def test_scan_goes_on_when_messages_are_deleted_meanwhile(store: Store):
    added = keep(store, *(mail() for _ in range(5)))

    scan = store.scan()
    first = next(scan)
    store.delete([added[0].id, added[2].id, added[4].id])

    assert [first, *scan] == [added[0], added[1], added[3]]


def test_an_abandoned_scan_holds_nothing(store: Store):
    added = keep(store, mail(), mail())

    next(store.scan())

    assert store.delete(ids_of(added)) == 2


# counts


def test_counts_are_of_an_inbox_and_of_a_query(store: Store):
    keep(store, message(subject="One", state={"read": True}), message(subject="Two"), mail("b"))

    assert store.counts() == Counts(total=3, unread=2)
    assert store.counts(inbox="default") == Counts(total=2, unread=1)
    assert store.counts(query=query_of(subject="One")) == Counts(total=1, unread=0)
    assert store.counts(inbox="b", query=query_of(subject="One")) == Counts(total=0, unread=0)


def test_inboxes_are_sorted_and_only_those_with_messages(store: Store):
    added = keep(store, mail("b"), mail("a"), mail("B"), mail("é"), mail("gone"))
    store.delete([added[4].id])

    counted = store.inboxes()

    assert list(counted) == ["B", "a", "b", "é"]
    assert counted["a"] == Counts(total=1, unread=1)


def test_counters_hold_through_every_change(store: Store):
    added = ids_of(keep(store, *(mail("ab"[n % 2], read=n % 3 == 0) for n in range(20))))
    store.mark(added[:6], read=True)
    store.mark(added[3:9], read=False)
    store.delete(added[5:8])
    store.clear(inbox="b")
    keep(store, mail("b"), mail("c", read=True))

    counted = store.inboxes()

    for inbox in ("a", "b", "c"):
        messages = list(store.scan(inbox=inbox))
        assert counted[inbox] == Counts(total=len(messages), unread=sum(not m.read for m in messages))
        assert store.counts(inbox=inbox) == counted[inbox]
    assert store.counts().total == sum(counts.total for counts in counted.values())
    assert store.counts().unread == sum(counts.unread for counts in counted.values())


# mark


def test_mark_sets_only_what_it_is_told(store: Store):
    (added,) = keep(store, mail(starred=True, tags=("old",)))

    assert store.mark([added.id], read=True) == 1
    marked = store.get(added.id)
    assert (marked.read, marked.starred, marked.tags) == (True, True, ("old",))

    store.mark([added.id], starred=False, tags=())
    marked = store.get(added.id)
    assert (marked.read, marked.starred, marked.tags) == (True, False, ())


def test_mark_counts_each_message_once_and_passes_over_unknown_ids(store: Store):
    (added,) = keep(store, mail())

    assert store.mark([added.id, "nothing", "\udcff", added.id], read=True) == 1
    assert store.counts() == Counts(total=1, unread=0)


def test_mark_publishes_which_messages_changed(store: Store):
    one, two, other = keep(store, mail("a"), mail("a"), mail("b"))

    with store.events.subscribe() as subscription:
        store.mark([one.id, two.id, other.id, "nothing"], starred=True)
        events = [subscription.get(timeout=0) for _ in range(3)]

    assert [(e.kind, e.inbox, e.ids) for e in events if e] == [
        ("changed", "a", (one.id, two.id)),
        ("changed", "b", (other.id,)),
    ]


def test_mark_all_read_counts_and_publishes_only_what_was_unread(store: Store):
    _, unread, other = keep(store, mail("a", read=True), mail("a"), mail("b"))

    with store.events.subscribe() as subscription:
        assert store.mark_all_read(inbox="a") == 1
        assert store.mark_all_read(inbox="a") == 0
        assert store.mark_all_read() == 1
        events = [subscription.get(timeout=0) for _ in range(3)]

    assert [(e.kind, e.inbox, e.ids) for e in events if e] == [
        ("changed", "a", (unread.id,)),
        ("changed", "b", (other.id,)),
    ]
    assert store.counts() == Counts(total=3, unread=0)


def test_has_tells_whether_a_message_is_there(store: Store):
    (added,) = keep(store, mail())

    assert store.has(added.id)
    assert not store.has("none")
    store.clear()
    assert not store.has(added.id)


# delete and clear


def test_delete_counts_each_message_once_and_passes_over_unknown_ids(store: Store):
    gone, stays = keep(store, mail(), mail())

    assert store.delete([gone.id, gone.id, "nothing"]) == 1
    assert store.delete([gone.id]) == 0
    assert store.get(gone.id) is None
    assert list(store.scan()) == [stays]


def test_delete_publishes_the_ids_by_inbox(store: Store):
    one, other = keep(store, mail("a"), mail("b"))

    with store.events.subscribe() as subscription:
        store.delete([one.id, other.id])
        events = [subscription.get(timeout=0) for _ in range(3)]

    assert [(e.kind, e.inbox, e.ids) for e in events if e] == [
        ("deleted", "a", (one.id,)),
        ("deleted", "b", (other.id,)),
    ]


def test_clear_empties_one_inbox_and_leaves_the_others(store: Store):
    _, _, stays = keep(store, mail("a"), mail("a"), mail("b"))

    assert store.clear(inbox="a") == 2
    assert store.clear(inbox="none") == 0
    assert list(store.scan()) == [stays]
    assert pages(store) == [stays.id]
    assert store.inboxes() == {"b": Counts(total=1, unread=1)}


def test_clear_without_an_inbox_empties_all_and_the_store_goes_on(store: Store):
    keep(store, mail("a"), mail("b"))

    assert store.clear() == 2
    assert store.clear() == 0
    assert store.inboxes() == {}
    assert list(store.scan()) == []

    again = keep(store, mail("a"))
    assert list(store.scan()) == list(again)


def test_clear_publishes_one_event_without_ids_and_none_when_nothing_was_there(store: Store):
    keep(store, mail("a"), mail("b"))

    with store.events.subscribe() as subscription:
        store.clear(inbox="a")
        store.clear(inbox="a")
        store.clear()
        events = [subscription.get(timeout=0) for _ in range(3)]

    assert [(e.kind, e.inbox, e.ids) for e in events if e] == [("deleted", "a", ()), ("deleted", "", ())]


# sessions


@given(keeping.sessions)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_session_comes_back_identical(store: Store, ended):
    with store.events.subscribe(kinds=("session",)) as subscription:
        store.put_session(ended)
        event = subscription.get(timeout=10)

    assert event.ids == (ended.id,)
    assert store.session(ended.id) == ended


def test_an_unknown_session_is_none(store: Store):
    assert store.session("\udc80") is None


def test_sessions_are_newest_first_and_come_in_pages(store: Store):
    ended = [session() for _ in range(5)]
    for each in ended:
        store.put_session(each)
    store.clear()  # waits behind what was put before

    assert store.sessions() == tuple(reversed(ended))
    assert store.sessions(limit=2) == (ended[4], ended[3])
    assert store.sessions(limit=2, before=ended[3].id) == (ended[2], ended[1])
    assert store.sessions(limit=0) == ()
    ids = tuple(each.id for each in reversed(ended))
    assert store.session_ids() == ids
    assert store.session_ids(limit=2, before=ids[1]) == ids[2:4]
    assert store.session_ids(limit=0) == ()


def test_a_session_that_is_put_again_replaces_the_first(store: Store):
    first = session()
    again = session(id=first.id, end="the client closed the connection")

    store.put_session(first)
    store.put_session(again)
    store.clear()

    assert store.sessions() == (again,)


# close


def test_what_was_taken_over_is_told_before_close_returns(store: Store):
    told: list[StoreError | None] = []
    for _ in range(1000):
        store.add(mail(), told.append)

    store.close()

    assert told == [None] * 1000


def test_closing_twice_does_nothing(store: Store):
    store.close()
    store.close()


def test_a_closed_store_keeps_nothing_more(store: Store):
    store.close()

    with pytest.raises(StoreError, match="the store is closed"):
        keep(store, mail())


def test_reading_needs_no_pause_of_the_writers(store: Store):
    stop = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not stop.is_set():
            listed = ids_of(store.page(limit=20).summaries)
            if listed != sorted(listed, reverse=True):
                wrong.append(listed)
            store.counts()
            store.inboxes()

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    big = content(text="x" * 10_000)
    added = ids_of(keep(store, *(message(octets=big) for _ in range(500))))
    store.delete(added[::2])
    stop.set()
    for reader in readers:
        reader.join()

    assert wrong == []
    assert store.counts().total == 250

from __future__ import annotations

import gc
import re
import threading
import weakref

import pytest
from messages import message

from mailsink import Client, Limits, Retention, Sink
from mailsink.errors import StoreError
from mailsink.query import query_of
from mailsink.query_text import parse
from mailsink_web.server import serve


@pytest.fixture
def store(client):
    return client.store


QUERIES = [
    None,
    query_of(subject="Invoice 2"),
    query_of(rcpt="bob@example.org"),
    query_of(text="Total"),
    query_of(subject=re.compile("[13]$")),
    query_of(where=lambda m: m.size > 70),
    parse("invoice -subject:2"),
    parse("is:unread"),
    query_of(subject="Invoice 1") | query_of(subject="Invoice 3"),
]


@pytest.fixture
def filled(put, sink):
    for number in (1, 2, 3):
        put(f"Invoice {number}", "Total: 12.00" if number % 2 else "Nothing")
    put("Other", rcpt="bob@example.org")
    sink.inbox.mark([sink.inbox.get("latest").id], read=True)
    return sink.store


@pytest.mark.parametrize("query", QUERIES)
def test_it_finds_what_the_server_s_store_finds(store, filled, query):
    def ids(found):
        return [one.id for one in found]

    assert ids(store.scan(query=query)) == ids(filled.scan(query=query))
    assert ids(store.scan(query=query, newest_first=True)) == ids(filled.scan(query=query, newest_first=True))
    assert store.counts(query=query) == filled.counts(query=query)
    assert store.page(query=query, limit=2).summaries == filled.page(query=query, limit=2).summaries


@pytest.mark.parametrize("query", QUERIES)
def test_pages_follow_each_other(store, filled, query):
    seen, cursor = [], ""
    while cursor is not None:
        page = store.page(query=query, limit=1, before=cursor)
        seen += page.summaries
        cursor = page.next

    assert [one.id for one in seen] == [one.id for one in filled.scan(query=query, newest_first=True)]


def test_a_message_is_read_whole(store, put):
    own = put()

    found = store.get(own.id)

    assert found.content == own.content
    assert store.latest().id == own.id
    assert store.latest(inbox="other") is None
    assert store.get("") is store.get("gone") is None


def test_flags_are_set_and_counted(store, filled):
    ids = [one.id for one in filled.scan()]

    assert store.mark([ids[0], "gone"], starred=True, tags=("a",)) == 1
    assert store.mark(ids) == 4
    assert store.mark_all_read() == 3
    assert filled.get(ids[0]).tags == ("a",)
    assert store.counts().unread == 0


def test_messages_are_deleted_and_counted(store, filled):
    ids = [one.id for one in filled.scan()]

    assert store.delete([ids[0], "gone"]) == 1
    assert store.clear(inbox="other") == 0
    assert store.clear() == 3


def test_many_ids_go_in_several_requests(store):
    assert store.delete([f"{number:022}" for number in range(1000)]) == 0


def test_those_of_an_inbox_are_told_apart(store, put, sink):
    own = put()

    assert store.own([own.id, "gone", "no id"], "default") == [own.id]
    assert store.own([own.id], "other") == []
    assert store.own(["no id"], "other") == []


def test_inboxes_are_counted(store, put):
    put()

    assert {name: counts.total for name, counts in store.inboxes().items()} == {"default": 1}


def test_sessions_are_read_in_full(store, put, sink):
    with sink.events.subscribe(kinds=("session",)) as ended:
        own = put()
        ended.get(5)

    assert store.session(own.session_id) == sink.store.session(own.session_id)
    assert store.sessions(limit=5) == sink.store.sessions(limit=5)
    assert store.session("") is store.session("gone") is None


def test_mail_cannot_be_put_into_it(store, web):
    told = []

    store.add(message(), told.append)
    store.put_session(None)

    assert isinstance(told[0], StoreError)
    assert str(told[0]) == f"{web.url} takes mail by SMTP; a client keeps none"
    assert store.description == web.url


def test_what_is_deleted_while_it_is_searched_does_not_match(store, put, sink):
    ids = [put(str(number)).id for number in range(2)]
    found = store.scan(query=query_of(text=re.compile("Hi")))
    assert next(found).id == ids[0]

    sink.store.clear()

    assert [*found] == []


def test_one_that_is_left_unclosed_leaves_nothing_behind(web, put):
    client = Client(web.url)
    put()
    client.wait(timeout=0)
    gone = weakref.ref(client)

    del client
    gc.collect()

    assert gone() is None
    for thread in threading.enumerate():
        if thread.name == "mailsink-stream":
            thread.join(5)
            assert not thread.is_alive()


def test_an_inbox_outlives_the_client_it_came_from(web, put):
    inbox = Client(web.url).inboxes["default"]
    gc.collect()
    put("Later")

    assert inbox.expect(subject="Later")


def test_what_the_server_forgets_is_forgotten():
    with (
        Sink(retention=Retention(all=Limits(max_messages=1))) as sink,
        serve(sink, port=0) as web,
        Client(web.url) as client,
    ):
        assert len(client) == 0

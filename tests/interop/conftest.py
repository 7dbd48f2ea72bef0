from __future__ import annotations

import gc
import logging

import pytest
from interop.delivery import Delivery

from mailsink import Sink
from mailsink.policy import Credentials, Policy


@pytest.fixture(scope="session")
def policy():
    return Policy(credentials=Credentials(users={"ada": "s3cret", "anonymous": ""}))


@pytest.fixture
def sink(policy):
    with Sink(smtp=(), policy=policy) as sink:
        yield sink


@pytest.fixture
def no_failure(caplog):
    """Fails the test if anything failed that nobody was told of. To be asked for before the sink."""
    yield
    # asyncio tells of it when it throws the task away.
    gc.collect()
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.fixture
def order(sink, tmp_path):
    """Opens a listener of a kind and makes the delivery to it: ``order("starttls", mechanism="PLAIN")``."""

    def make(tls="none", *, at="127.0.0.1", policy=None, **words):
        listener = sink.listen(at, tls=tls, policy=policy)
        if tls != "none":
            words.setdefault("trust", sink.certificates.ca_file())
        place = {"port": listener.port} if listener.port else {"file": listener.host}
        return Delivery(tls=tls, folder=tmp_path, **(place | words))

    return make


@pytest.fixture
def session(sink):
    """The first session that is over, waited for."""

    def wait():
        with sink.events.subscribe(after=0, kinds=("session",)) as ended:
            event = ended.get(timeout=10)
        assert event is not None, "no session ended"
        return sink.sessions.get(event.ids[0])

    return wait

import os

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from shop import welcome


@pytest.fixture(autouse=True)
def environment(mailsink):
    mailsink.configure(os.environ)


@pytest.fixture
def eager():
    app = Celery("shop", set_as_current=True)
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    app.set_default()


@pytest.fixture
def worker(mailsink):
    app = Celery("shop", broker="memory://", backend="cache+memory://", set_as_current=True)
    app.set_default()
    with start_worker(app, perform_ping_check=False, pool="solo"):
        yield app


@pytest.mark.parametrize("number", range(3))
def test_an_eager_task(mailsink, eager, number):
    welcome.delay(f"reader{number}@example.com")

    mailsink.expect(to=f"reader{number}@example.com")


@pytest.mark.parametrize("number", range(3))
def test_a_worker_in_a_thread(mailsink, worker, number):
    welcome.delay(f"reader{number}@example.com")

    mailsink.expect(to=f"reader{number}@example.com")


def test_a_worker_tries_again(mailsink, worker):
    mailsink.fail("data", "451 4.3.0 Later", times=2)

    welcome.delay("reader@example.com")

    mailsink.expect(to="reader@example.com", timeout=10)
    assert [attempt.reply.code for attempt in mailsink.attempts()] == [451, 451, 250]

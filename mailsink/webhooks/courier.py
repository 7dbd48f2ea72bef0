"""The thread of one webhook: takes what is due from the outbox, posts it, writes down what became of it.

One thread for each hook, so that a receiver which hangs holds up no other.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import msgspec

from ..errors import StoreError
from ..store.outbox import DONE, FAILED, WAITING, Delivery, Outbox
from .hook import PostAttempt, Webhook, host_of
from .pace import Pace, retry_after
from .post import Answer, Post, PostError
from .signature import fields_of

__all__ = ["ATTEMPTS", "Courier"]

# Seconds beyond a try's timeout for which nobody else takes what this thread has taken.
LEASE = 30.0
# RFC 9110 §15.5.11: the receiver is gone, and wants to hear no more.
_GONE = 410

ATTEMPTS = msgspec.json.Decoder(tuple[PostAttempt, ...])
_log = logging.getLogger("mailsink.webhooks")


class Courier:
    """Delivers to *hook* until it is closed; *tried* is given each delivery after each try."""

    def __init__(self, hook: Webhook, outbox: Outbox, pace: Pace, tried: Callable[[Delivery], None]) -> None:
        self._tried = tried
        self._hook = hook
        self._outbox = outbox
        self._pace = pace
        self._changed = threading.Condition()
        self._stirred = False
        self._closed = False
        self._post: Post | None = None
        self._thread = threading.Thread(target=self._work, name=f"mailsink-webhook-{hook.id}", daemon=True)
        self._thread.start()

    def stir(self) -> None:
        """Look again: something may be due."""
        with self._changed:
            self._stirred = True
            self._changed.notify_all()

    def close(self, *, timeout: float = 1.0) -> None:
        """Stop, and wait so many seconds for the end."""
        self.stop()
        self.join(timeout)

    def stop(self) -> None:
        """Begin to stop; a try that is under way is broken off, and made again by whoever comes next."""
        with self._changed:
            self._closed = True
            post = self._post
            self._changed.notify_all()
        if post is not None:
            post.stop()

    def join(self, timeout: float) -> None:
        """Wait up to *timeout* seconds for the end. A try that is still connecting cannot be broken off."""
        self._thread.join(timeout)

    def _work(self) -> None:
        while not self._closed:
            try:
                delivery = self._take()
                if delivery is None:
                    self._rest()
                else:
                    self._deliver(delivery)
            except StoreError as error:
                if self._outbox.closed:
                    return
                if not self._closed:
                    _log.warning("the webhook %s waits: %s", self._hook.id, error)
                    self._wait(self._pace.first)

    def _take(self) -> Delivery | None:
        with self._changed:
            self._stirred = False
        now = time.time()
        return self._outbox.take(self._hook.id, now=now, until=now + self._pace.timeout + LEASE)

    def _rest(self) -> None:
        due = self._outbox.next_due(self._hook.id)
        self._wait(None if due is None else max(0.0, due - time.time()))

    def _wait(self, seconds: float | None) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stirred or self._closed, seconds)

    def _deliver(self, delivery: Delivery) -> None:
        post = Post(self._hook.url, timeout=self._pace.timeout)
        with self._changed:
            self._post = post
        began_at, began = dt.datetime.now(dt.UTC), time.monotonic()
        answer, error = None, ""
        try:
            if not self._closed:
                answer = post.send(delivery.body, self._fields(delivery, began_at))
        except PostError as why:
            error = str(why)
        if self._closed and answer is None:
            self._outbox.put(replace(delivery, due=time.time()))
            return
        self._conclude(delivery, answer, _attempt(began_at, time.monotonic() - began, answer, error))

    def _fields(self, delivery: Delivery, at: dt.datetime) -> dict[str, str]:
        fields = {"Content-Type": "application/json", "User-Agent": "mailsink"}
        if self._hook.authorization:
            fields["Authorization"] = self._hook.authorization
        return fields | fields_of(delivery.id, int(at.timestamp()), delivery.body, self._hook.secret)

    def _conclude(self, delivery: Delivery, answer: Answer | None, attempt: PostAttempt) -> None:
        attempts = (*ATTEMPTS.decode(delivery.data), attempt)
        status = 0 if answer is None else answer.status
        wish = retry_after(answer.retry_after, dt.datetime.now(dt.UTC)) if answer is not None else None
        pause = None if status == _GONE else self._pace.pause(len(attempts), wish)
        state = DONE if 200 <= status < 300 else FAILED if pause is None else WAITING
        due = time.time() + (pause or 0.0)
        concluded = replace(delivery, state=state, due=due, data=msgspec.json.encode(attempts))
        self._outbox.put(concluded)
        self._tried(concluded)
        if state == FAILED:
            _log.error("the webhook %s gave %s up: %s", self._hook.id, delivery.id, attempt.error)


def _attempt(at: dt.datetime, seconds: float, answer: Answer | None, error: str) -> PostAttempt:
    if answer is None:
        return PostAttempt(at=at, seconds=round(seconds, 3), error=error)
    if 300 <= answer.status < 400:
        # Without what else the address holds, which may be a secret.
        where = f" to {host_of(answer.location)[:200]}" if answer.location else ""
        error = f"the answer leads elsewhere{where}, which is not followed; change the webhook's URL"
    elif not 200 <= answer.status < 300:
        error = f"the answer is {answer.status}, and 2xx is wanted"
    return PostAttempt(
        at=at, seconds=round(seconds, 3), status=answer.status, error=error, answer=answer.text
    )

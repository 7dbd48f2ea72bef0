"""The webhooks of a store: which there are, what each is told, and what became of it."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import Any

import msgspec

from .. import query_text
from ..errors import ConfigError, StoreError
from ..events import Subscription
from ..message import Message, id_of, moment_of, new_id
from ..store import Store
from ..store.outbox import Delivery
from .courier import Courier
from .hook import Webhook, check_url, host_of, is_allowed
from .pace import Pace
from .signature import key_of

__all__ = ["Render", "Webhooks"]

# What is sent: the octets for a hook and a message.
Render = Callable[[Webhook, Message], bytes]
# There is a thread for each.
MOST = 100
# Seconds that the ends of all deliveries together may take.
GRACE = 1.0
# Microseconds. Messages may be kept in another order than their ids have; so far back is looked at a start.
SLACK = 60_000_000
_log = logging.getLogger("mailsink.webhooks")


class Webhooks:
    """Tells the hooks of *store* what is captured there. Close it before the store.

    *given* are hooks of the command line: those of an earlier run that are not among them are forgotten.
    Hooks that were added otherwise stay in a store file. *hosts* are where hooks may go besides this machine
    and where the *given* ones go; ``"*"`` is anywhere. *render* makes what is sent. Safe from any thread.
    """

    def __init__(
        self,
        store: Store,
        render: Render,
        *,
        given: Iterable[Webhook] = (),
        hosts: Collection[str] = (),
        pace: Pace | None = None,
    ) -> None:
        self._store = store
        self._render = render
        self._pace = pace or Pace()
        self._lock = threading.RLock()
        self._hooks: dict[str, Webhook] = {}
        self._couriers: dict[str, Courier] = {}
        self._subscription: Subscription | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._ending = threading.Event()
        self._tried = threading.Condition()
        given = tuple(given)
        self._hosts = frozenset(host.lower().strip("[]") for host in hosts) | {host_of(h.url) for h in given}
        self._load(given)

    def _load(self, given: tuple[Webhook, ...]) -> None:
        if not given and not self._store.has_hooks:
            return
        outbox = self._store.outbox()
        kept = {hook: msgspec.json.decode(data, type=Webhook) for hook, (_, data) in outbox.hooks().items()}
        for hook in kept.values():
            if hook.origin == "option" and hook.id not in {one.id for one in given}:
                outbox.remove_hook(hook.id)
            else:
                self._hooks[hook.id] = hook
        for hook in given:
            before = kept.get(hook.id, hook)
            # What came while nothing ran is owed to it too.
            self._put(msgspec.structs.replace(hook, created_at=before.created_at, since=before.since))
        if self._hooks:
            self._start()

    def __iter__(self) -> Iterator[Webhook]:
        with self._lock:
            return iter([*self._hooks.values()])

    def counts(self, hook_id: str) -> dict[str, int]:
        """How many of its deliveries wait, were made, and failed for good, by those states' names."""
        return self._store.outbox().counts(hook_id)

    def deliveries(
        self, hook_id: str, *, limit: int, before: int = 0, state: str = ""
    ) -> tuple[Delivery, ...]:
        """Its deliveries, newest first, as `Outbox.list` gives them."""
        return self._store.outbox().list(hook_id, limit=limit, before=before, state=state)

    def delivery(self, delivery_id: str) -> Delivery | None:
        return self._store.outbox().get(delivery_id)

    def get(self, hook_id: str) -> Webhook | None:
        return self._hooks.get(hook_id)

    def add(self, url: str, **more: Any) -> Webhook:
        """Add a hook; *more* are members of `Webhook`. Raises ConfigError, or QueryError for its query."""
        now = dt.datetime.now(dt.UTC)
        hook = Webhook(id=secrets.token_hex(6), url=url, created_at=now, since=now, **more)
        self._check(hook)
        with self._lock:
            if len(self._hooks) >= MOST:
                raise ConfigError(f"there are {MOST} webhooks, which is the most; delete one first")
            self._put(hook)
            self._start()
        return hook

    def change(self, hook_id: str, **what: Any) -> Webhook | None:
        """Replace members of a hook; ``None`` where there is none. Raises as `add` does."""
        with self._lock:
            hook = self._hooks.get(hook_id)
            if hook is None:
                return None
            changed = msgspec.structs.replace(hook, **what)
            if changed.enabled and not hook.enabled:
                changed = msgspec.structs.replace(changed, since=dt.datetime.now(dt.UTC))
            self._check(changed)
            self._put(changed)
            return changed

    def remove(self, hook_id: str) -> int | None:
        """Forget a hook; returns how many deliveries it was owed, or ``None`` where there is no hook."""
        with self._lock:
            if self._hooks.pop(hook_id, None) is None:
                return None
            courier = self._couriers.pop(hook_id, None)
        if courier is not None:
            courier.close()
        return self._store.outbox().remove_hook(hook_id)

    def send(self, hook: Webhook, body: bytes, message_id: str = "") -> Delivery:
        """Put *body* into the queue of *hook*, whatever its query says."""
        delivery = Delivery(
            id=f"{hook.id}-{new_id()}",
            hook=hook.id,
            message=message_id,
            due=time.time(),
            data=b"[]",
            body=body,
        )
        self._store.outbox().enqueue("", [delivery])
        self._stir(hook.id)
        return delivery

    def wait_tried(self, delivery: Delivery, *, timeout: float) -> Delivery:
        """*delivery* as it is after one more try, or after *timeout* seconds without one."""
        with self._tried:
            self._tried.wait_for(lambda: self._closed or self._is_tried(delivery), timeout)
        return self.delivery(delivery.id) or delivery

    def _is_tried(self, delivery: Delivery) -> bool:
        found = self.delivery(delivery.id)
        return found is None or found.data != delivery.data

    def _note(self, _delivery: Delivery) -> None:
        with self._tried:
            self._tried.notify_all()

    def again(self, delivery: Delivery) -> Delivery:
        """Try a delivery once more, now; what was tried so far stays in its log.

        Where a try is under way, that is the one. Returns the delivery as it was.
        """
        self._store.outbox().revive(delivery.id, due=time.time())
        self._stir(delivery.hook)
        return delivery

    def close(self) -> None:
        """Stop; what waits is told by whoever opens the store file next. A second call does nothing."""
        with self._lock:
            self._closed = True
            self._ending.set()
            couriers, self._couriers = list(self._couriers.values()), {}
            subscription, thread = self._subscription, self._thread
        if subscription is not None:
            subscription.wake()
        if thread is not None:
            thread.join()
        for courier in couriers:
            courier.stop()
        with self._tried:
            self._tried.notify_all()
        ends = time.monotonic() + GRACE
        for courier in couriers:
            courier.join(max(0.0, ends - time.monotonic()))

    def _check(self, hook: Webhook) -> None:
        try:
            check_url(hook.url)
            key_of(hook.secret)
        except ValueError as error:
            raise ConfigError(str(error)) from None
        if not is_allowed(hook.url, self._hosts):
            host = host_of(hook.url)
            raise ConfigError(
                f"webhooks may not go to {host}; to allow it, start mailsink with --webhook-host {host}"
            )
        if hook.query:
            query_text.parse(hook.query)

    def _put(self, hook: Webhook) -> None:
        latest = self._store.latest()
        seen = latest.id if latest is not None else new_id()
        self._store.outbox().put_hook(hook.id, msgspec.json.encode(hook), seen=seen)
        self._hooks[hook.id] = hook
        courier = self._couriers.pop(hook.id, None)
        if courier is not None:
            courier.close()
        if self._thread is not None and hook.enabled:
            self._couriers[hook.id] = Courier(hook, self._store.outbox(), self._pace, self._note)

    def _start(self) -> None:
        if self._thread is not None:
            return
        # Before the look at what is there already, so that nothing falls in between.
        self._subscription = self._store.events.subscribe(kinds=("captured",))
        self._thread = threading.Thread(
            target=self._follow, args=(self._subscription,), name="mailsink-webhooks", daemon=True
        )
        for hook in self._hooks.values():
            if hook.enabled:
                self._couriers[hook.id] = Courier(hook, self._store.outbox(), self._pace, self._note)
        self._thread.start()

    def _stir(self, hook_id: str) -> None:
        courier = self._couriers.get(hook_id)
        if courier is not None:
            courier.stir()

    # ------------------------------------------------------------------- the thread that reads what comes

    def _follow(self, subscription: Subscription) -> None:
        with subscription:
            self._insist(self._catch_up)
            while not self._closed:
                event = subscription.get()
                if event is not None:
                    self._insist(partial(self._tell, event.ids))
                elif subscription.ended:
                    return

    def _insist(self, work: Callable[[], None]) -> None:
        """Do *work*, again and again while the store cannot."""
        while not self._closed and not self._store.outbox().closed:
            try:
                return work()
            except StoreError as error:
                _log.error("webhooks wait for the store: %s", error)
                self._ending.wait(self._pace.first)
        return None

    def _catch_up(self) -> None:
        """Tell what was captured while nobody told it."""
        seen = [seen for seen, _ in self._store.outbox().hooks().values()]
        if seen:
            for message in self._store.scan(after=id_of(max(0, moment_of(min(seen)) - SLACK), 0)):
                if self._closed:
                    return
                self._tell_of(message)

    def _tell(self, ids: Iterable[str]) -> None:
        for message_id in ids:
            message = self._store.get(message_id)
            if message is not None:
                self._tell_of(message)

    def _tell_of(self, message: Message) -> None:
        with self._lock:
            hooks = [hook for hook in self._hooks.values() if hook.enabled and _wants(hook, message)]
        deliveries = [
            Delivery(
                id=f"{hook.id}-{message.id}",
                hook=hook.id,
                message=message.id,
                due=time.time(),
                data=b"[]",
                body=self._render(hook, message),
            )
            for hook in hooks
        ]
        self._store.outbox().enqueue(message.id, deliveries)
        for hook in hooks:
            self._stir(hook.id)


def _wants(hook: Webhook, message: Message) -> bool:
    if hook.inbox not in (None, message.inbox) or message.received_at < hook.since:
        return False
    return not hook.query or query_text.parse(hook.query).matches(message)

"""``/metrics``: what Prometheus scrapes, gathered from a sink and its web server when somebody asks.

Counts nothing itself.
"""

from __future__ import annotations

import contextlib
import platform
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

import mailsink
from mailsink.exposition import OPENMETRICS, TEXT, Family, openmetrics, text

from .context import lookout, seats, sink

if TYPE_CHECKING:
    from mailsink.meters import SmtpMeter
    from mailsink.sink import Sink
    from mailsink.store import Store

__all__ = ["gather", "metrics"]

metrics = Blueprint("metrics", __name__)

_STARTED = time.time()


@metrics.get("/metrics")
def show() -> Response:
    """All measurements, in the format that the Accept field prefers."""
    families = [*gather(sink()), *_waiters(), *_process()]
    if _prefers_openmetrics():
        return Response(openmetrics(families), content_type=OPENMETRICS)
    return Response(text(families), content_type=TEXT)


def _prefers_openmetrics() -> bool:
    """Whether OpenMetrics is asked for by name, and nothing of text is wanted more."""
    wanted = {"application/openmetrics-text": 0.0, "text/plain": 0.0}
    for value, quality in request.accept_mimetypes:
        kind = value.partition(";")[0].strip().lower()
        if kind in wanted:
            wanted[kind] = max(wanted[kind], quality)
    return 0 < wanted["application/openmetrics-text"] >= wanted["text/plain"]


def gather(sink: Sink) -> Iterator[Family]:
    """What *sink* can tell of itself.

    Labels hold nothing that a client or a test chose, so that there is a bounded number of them.
    """
    yield Family(
        name="mailsink_build",
        kind="info",
        help="The version that runs.",
        samples=(({"version": mailsink.__version__, "python": platform.python_version()}, 1),),
    )
    smtp, is_open = sink.measure()
    yield from _smtp(smtp, is_open)
    yield from _store(sink.store)
    yield Family(
        name="mailsink_faults_fired",
        kind="counter",
        help="How often fault rules fired, by stage and action.",
        samples=tuple(
            ({"stage": stage, "action": action}, number)
            for (stage, action), number in sorted(sink.faults.fired().items())
        ),
    )
    yield Family.of(
        "mailsink_events",
        "counter",
        "Events that were published: messages captured, changed and deleted, sessions ended.",
        sink.events.number,
    )


def _smtp(smtp: SmtpMeter, is_open: int) -> Iterator[Family]:
    yield Family.of("mailsink_sessions", "counter", "SMTP and LMTP sessions that began.", smtp.began)
    yield Family.of("mailsink_sessions_open", "gauge", "Sessions that are open now.", is_open)
    yield Family(
        name="mailsink_session_duration_seconds",
        kind="histogram",
        help="How long sessions took that are over.",
        histogram=smtp.seconds,
    )
    yield Family(
        name="mailsink_smtp_replies",
        kind="counter",
        help="Replies by the verb that they answer, connect being the greeting, and by code.",
        samples=tuple(
            ({"verb": verb, "code": code}, number) for (verb, code), number in sorted(smtp.replies.items())
        ),
    )
    yield Family.of(
        "mailsink_smtp_content_bytes", "counter", "Octets of content that came, kept or not.", smtp.octets
    )


def _store(store: Store) -> Iterator[Family]:
    sizes, seconds, failures = store.meter.read()
    yield Family.of(
        "mailsink_messages_captured", "counter", "Messages that were kept, by whatever road.", sizes.count
    )
    yield Family(
        name="mailsink_message_size_bytes",
        kind="histogram",
        help="How large the content of messages was that were kept.",
        histogram=sizes,
    )
    yield Family(
        name="mailsink_store_add_duration_seconds",
        kind="histogram",
        help="From handing a message to the store until it is kept for good.",
        histogram=seconds,
    )
    yield Family.of("mailsink_store_failures", "counter", "Messages that the store could not keep.", failures)
    counts = store.counts()
    yield Family.of("mailsink_messages", "gauge", "Messages that are in the store.", counts.total)
    yield Family.of("mailsink_messages_unread", "gauge", "Those of them that are unread.", counts.unread)
    if store.has_hooks:
        yield Family(
            name="mailsink_webhook_deliveries",
            kind="gauge",
            help="Deliveries to webhooks that are in the queue or its log, by state.",
            samples=tuple(({"state": state}, number) for state, number in store.outbox().totals().items()),
        )
    yield Family.of("mailsink_messages_bytes", "gauge", "Octets of their content.", store.octets())


def _waiters() -> Iterator[Family]:
    yield Family.of("mailsink_waiters", "gauge", "Requests that wait for messages.", lookout().watching)
    yield Family.of(
        "mailsink_http_seats_taken", "gauge", "Waiting requests and live streams together.", seats().taken
    )
    yield Family.of("mailsink_http_seats", "gauge", "How many of them there can be.", seats().most)


def _process() -> Iterator[Family]:
    """By the names that every Prometheus client library gives them, so that common dashboards show them."""
    yield Family.of(
        "process_start_time_seconds", "gauge", "When the process started, since the epoch.", _STARTED
    )
    yield Family.of(
        "process_cpu_seconds", "counter", "User and system time that it took.", time.process_time()
    )
    told: tuple[tuple[str, str, Callable[[], int]], ...] = (
        ("process_resident_memory_bytes", "Resident memory.", _resident),
        ("process_open_fds", "Open file descriptors.", _descriptors),
    )
    for name, help_, read in told:
        # Linux says this in /proc, other systems nowhere that is cheap to read.
        with contextlib.suppress(OSError):
            yield Family.of(name, "gauge", help_, read())


def _resident() -> int:
    import os
    from pathlib import Path

    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _descriptors() -> int:
    from pathlib import Path

    return sum(1 for _ in Path("/proc/self/fd").iterdir())

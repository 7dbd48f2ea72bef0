"""Webhooks over HTTP: list, add, change and delete them, see what became of each delivery, send one again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from mailsink.errors import ConfigError
from mailsink.store.outbox import Delivery
from mailsink.webhooks.hook import check_url
from mailsink.webhooks.signature import key_of

from .. import present
from ..context import client, hooks, seats
from ..payload import payload
from ..seats import FullError
from .operation import Created, Operations
from .problem import RefusedError
from .scope import NumberCursor, SearchText
from .stream import BUSY

if TYPE_CHECKING:
    from mailsink.webhooks import Webhook

__all__ = [
    "DeliveryAttemptJSON",
    "DeliveryDetails",
    "DeliveryJSON",
    "DeliveryPage",
    "RemovedWebhook",
    "WebhookJSON",
    "WebhookList",
    "operations",
]

operations = Operations("Webhooks")

# Seconds: as long as an attempt takes at most, and a moment to begin it.
LONGEST = 12.0
NO_HOOK = {404: "There is no webhook with that id."}
NO_DELIVERY = {404: "There is no webhook with that id, or no delivery of it."}
REFUSED = {409: "The URL leads where webhooks may not go, or there are too many webhooks."}

Format = Annotated[
    Literal["mailsink", "mailpit"],
    Meta(description="What is sent: the message as the API gives it, or Mailpit's summary of it."),
]
Url = Annotated[str, Meta(max_length=2_000, examples=["http://127.0.0.1:9000/mail"])]
Secret = Annotated[str, Meta(max_length=500, pattern=r"^[\x20-\x7e]*$", title="printable ASCII")]
Name = Annotated[str, Meta(max_length=1_000)]


class NewWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook to add.

    *query* and *inbox* say of which messages it is told, all as a rule. A *secret* signs what is sent,
    *authorization* is sent as that header field; neither can be read again.
    """

    url: Url
    query: SearchText = ""
    inbox: Name | None = None
    format: Format = "mailsink"
    secret: Secret = ""
    authorization: Secret = ""
    enabled: bool = True


class WebhookChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to change of a webhook; what is left out stays."""

    url: Url | UnsetType = UNSET
    query: SearchText | UnsetType = UNSET
    inbox: Name | UnsetType | None = UNSET
    format: Format | UnsetType = UNSET
    secret: Secret | UnsetType = UNSET
    authorization: Secret | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class WebhookJSON(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook. *origin* is option for one of the command line; the three numbers count its deliveries."""

    id: str
    url: str
    query: str
    inbox: str | None
    format: Format
    signed: bool
    authorized: bool
    enabled: bool
    origin: Literal["api", "option"]
    created_at: dt.datetime
    waiting: int
    delivered: int
    failed: int


class WebhookList(msgspec.Struct, frozen=True, kw_only=True):
    """The webhooks, in the order of adding."""

    webhooks: tuple[WebhookJSON, ...]


class DeliveryAttemptJSON(msgspec.Struct, frozen=True, kw_only=True):
    """One try: status is the answer's, 0 where none came, answer how it begins; error says what was wrong."""

    at: dt.datetime
    seconds: float
    status: int
    error: str
    answer: str


class DeliveryJSON(msgspec.Struct, frozen=True, kw_only=True):
    """What became of telling a webhook of a message; *message_id* is empty for a test.

    *next_attempt_at* is null where there is none to come.
    """

    id: str
    message_id: str
    state: Literal["waiting", "delivered", "failed"]
    next_attempt_at: dt.datetime | None
    attempts: tuple[DeliveryAttemptJSON, ...]


class DeliveryDetails(DeliveryJSON, frozen=True, kw_only=True):
    """A delivery with the JSON text that is sent."""

    payload: str


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """Deliveries, newest first; next is the cursor of the page after, or null."""

    deliveries: tuple[DeliveryJSON, ...]
    next: str | None


class DeliveriesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which deliveries."""

    limit: Annotated[int, Meta(ge=1, le=500, description="How many deliveries at most.")] = 50
    cursor: NumberCursor = ""
    state: Annotated[
        Literal["", "waiting", "delivered", "failed"], Meta(description="Those in this state alone.")
    ] = ""


class RemovedWebhook(msgspec.Struct, frozen=True, kw_only=True):
    """How many deliveries waited, and will not be made."""

    dropped: int


@operations.add("GET", "/webhooks", answer=WebhookList)
def list_webhooks() -> WebhookList:
    """List the webhooks: where captured messages are told of, and how that goes."""
    found = sorted(hooks(), key=lambda hook: (hook.created_at, hook.id))
    return WebhookList(webhooks=tuple(map(_hook, found)))


@operations.add("POST", "/webhooks", body=NewWebhook, answer=WebhookJSON, status=201, errors=REFUSED)
def create_webhook(body: NewWebhook) -> Created:
    """Add a webhook, which is told of what is captured from now on.

    It may go to this machine, and to the hosts that the server was started with by --webhook-host.
    """
    given = msgspec.structs.asdict(body)
    _check(given)
    try:
        hook = hooks().add(**given)
    except ConfigError as error:
        raise _refused(409, error, field="url") from None
    return Created(_hook(hook), f"/api/webhooks/{hook.id}")


@operations.add("GET", "/webhooks/{id}", answer=WebhookJSON, errors=NO_HOOK)
def get_webhook(id: str) -> WebhookJSON:  # noqa: A002 - the address names it so
    """Read a webhook. Its secret is not told."""
    return _hook(_find(id))


@operations.add("PATCH", "/webhooks/{id}", body=WebhookChange, answer=WebhookJSON, errors=NO_HOOK | REFUSED)
def change_webhook(id: str, body: WebhookChange) -> WebhookJSON:  # noqa: A002
    """Change a webhook, or switch it off: then it is told of nothing, and what waits goes on waiting."""
    _find(id)
    given = {name: value for name, value in msgspec.structs.asdict(body).items() if value is not UNSET}
    _check(given)
    try:
        changed = hooks().change(id, **given)
    except ConfigError as error:
        raise _refused(409, error, field="url") from None
    return _hook(changed or _find(id))


@operations.add("DELETE", "/webhooks/{id}", answer=RemovedWebhook, errors=NO_HOOK)
def delete_webhook(id: str) -> RemovedWebhook:  # noqa: A002
    """Delete a webhook with its deliveries, those that wait included.

    One of the command line comes back when mailsink starts with that option again.
    """
    _find(id)
    return RemovedWebhook(dropped=hooks().remove(id) or 0)


@operations.add(
    "POST",
    "/webhooks/{id}/test",
    answer=DeliveryJSON,
    errors=NO_HOOK | {503: "Too many requests wait already."},
)
def try_webhook(id: str) -> DeliveryJSON:  # noqa: A002
    """Send a webhook a made-up message, whatever its query, and say what became of the first attempt.

    A webhook that is switched off is sent it when it is switched on.
    """
    # The samples are of what this module says, among others.
    from .samples import MESSAGE

    hook = _find(id)
    delivery = hooks().send(hook, payload(hook, MESSAGE, kind="webhook.test"))
    return _delivery(_tried(delivery) if hook.enabled else delivery)


@operations.add(
    "GET", "/webhooks/{id}/deliveries", query=DeliveriesQuery, answer=DeliveryPage, errors=NO_HOOK
)
def list_deliveries(id: str, query: DeliveriesQuery) -> DeliveryPage:  # noqa: A002
    """List what a webhook was told and is to be told, newest first, with every attempt.

    All that wait are kept, and the newest 10,000 of those that are over.
    """
    hook = _find(id)
    found = hooks().deliveries(
        hook.id, limit=query.limit + 1, before=int(query.cursor or 0), state=query.state
    )
    shown = found[: query.limit]
    return DeliveryPage(
        deliveries=tuple(map(_delivery, shown)),
        next=str(shown[-1].place) if len(found) > len(shown) else None,
    )


@operations.add("GET", "/webhooks/{id}/deliveries/{delivery}", answer=DeliveryDetails, errors=NO_DELIVERY)
def get_delivery(id: str, delivery: str) -> DeliveryDetails:  # noqa: A002
    """Read a delivery with what is sent."""
    found = _find_delivery(id, delivery)
    words = msgspec.structs.asdict(_delivery(found))
    return DeliveryDetails(**words, payload=found.body.decode("utf-8", "replace"))


@operations.add(
    "POST",
    "/webhooks/{id}/deliveries/{delivery}/redeliver",
    answer=DeliveryJSON,
    errors=NO_DELIVERY | {503: "Too many requests wait already."},
)
def redeliver(id: str, delivery: str) -> DeliveryJSON:  # noqa: A002
    """Send a delivery again, now, under the id that it has, and say what became of that attempt."""
    again = hooks().again(_find_delivery(id, delivery))
    return _delivery(_tried(again) if _find(id).enabled else _find_delivery(id, delivery))


def _tried(delivery: Delivery) -> Delivery:
    """*delivery* after its next attempt, or as it is when that takes too long."""
    try:
        with seats().sit(lambda: None, client=client()):
            return hooks().wait_tried(delivery, timeout=LONGEST)
    except FullError:
        raise RefusedError(503, BUSY) from None


def _find(hook_id: str) -> Webhook:
    hook = hooks().get(hook_id)
    if hook is None:
        raise RefusedError(404, f"There is no webhook with the id {hook_id[:80]!r}.", field="id")
    return hook


def _find_delivery(hook_id: str, delivery_id: str) -> Delivery:
    hook = _find(hook_id)
    found = hooks().delivery(delivery_id)
    if found is None or found.hook != hook.id:
        raise RefusedError(
            404, f"This webhook has no delivery with the id {delivery_id[:80]!r}.", field="delivery"
        )
    return found


def _hook(of: Webhook) -> WebhookJSON:
    counts = hooks().counts(of.id)
    return WebhookJSON(
        id=of.id,
        url=of.url,
        query=present.text(of.query),
        inbox=None if of.inbox is None else present.text(of.inbox),
        format=of.format,
        signed=bool(of.secret),
        authorized=bool(of.authorization),
        enabled=of.enabled,
        origin=of.origin,
        created_at=of.created_at,
        waiting=counts["waiting"],
        delivered=counts["delivered"],
        failed=counts["failed"],
    )


def _delivery(of: Delivery) -> DeliveryJSON:
    from mailsink.webhooks.courier import ATTEMPTS

    states: dict[str, Literal["waiting", "delivered", "failed"]] = {
        "waiting": "waiting",
        "delivered": "delivered",
        "failed": "failed",
    }
    return DeliveryJSON(
        id=of.id,
        message_id=of.message,
        state=states[of.state],
        next_attempt_at=dt.datetime.fromtimestamp(of.due, dt.UTC) if of.state == "waiting" else None,
        attempts=tuple(
            DeliveryAttemptJSON(
                at=attempt.at,
                seconds=attempt.seconds,
                status=attempt.status,
                error=present.text(attempt.error),
                answer=present.text(attempt.answer),
            )
            for attempt in ATTEMPTS.decode(of.data)
        ),
    )


_CHECKS: Mapping[str, Callable[[str], object]] = {"url": check_url, "secret": key_of}


def _check(given: Mapping[str, Any]) -> None:
    for name, check in _CHECKS.items():
        try:
            if name in given:
                check(given[name])
        except ValueError as error:
            raise _refused(400, error, field=name) from None


def _refused(status: int, error: Exception, *, field: str) -> RefusedError:
    text = str(error)
    return RefusedError(status, f"{text[:1].upper()}{text[1:]}.", field=field)

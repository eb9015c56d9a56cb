"""Where deliveries come in: verified, stored, acknowledged, in that order. What they mean is found out later.

200 it is stored (a repeat and a genuine body that nobody can read included) · 401 the signature is wrong, nothing is
stored · 404 no such account or node · 408 and 413 the body is too slow or too large · 503 the database is away: the
sender tries again.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from orderloom.channels.shopify import ShopifyWebhooks, read_inventory_level
from orderloom.domain.errors import OrderloomError, Unavailable, UnreadableEvent, WrongSignature
from orderloom.domain.events import EventState, NewEvent, StoredEvent
from orderloom.domain.keys import Channel
from orderloom.domain.model import Frozen
from starter.asked_by_shop import heed
from starter.http.body import BodyTooLarge, BodyTooSlow, read_body
from starter.services import Services, services_of

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/webhooks", tags=["Webhooks"])
Joined = Annotated[Services, Depends(services_of)]
Read = Callable[[bytes, dict[str, str]], NewEvent]
ReadAll = Callable[[bytes, dict[str, str]], list[NewEvent]]
Answer = TypeVar("Answer")
INVENTORY_TOPIC = "inventory_levels/update"

STATUS_OF: dict[type[Exception], int] = {
    WrongSignature: 401,
    BodyTooSlow: 408,
    BodyTooLarge: 413,
    Unavailable: 503,
    ClientDisconnect: 400,
}


class NobodyListens(OrderloomError):
    """A delivery for an account or node that the configuration does not have."""


class Acknowledgement(Frozen):
    """What became of a delivery."""

    event_id: str
    duplicate: bool
    state: EventState


class Heard(Frozen):
    """A shop said what one of its listings shows at one location; nothing was stored but that."""

    inventory_item_id: str
    location_id: str


@router.post("/shopify/{account}", summary="A Shopify webhook", response_model=Acknowledgement | Heard)
async def shopify_webhook(account: str, request: Request, services: Joined) -> Acknowledgement | Heard:
    """Store one delivery of a shop, signed by `X-Shopify-Hmac-Sha256` over the raw body.

    `inventory_levels/update` is no event of an order: it is held against what we believe that the listing shows.
    """
    reader = services.shopify_webhooks.get(account)
    if reader is None:
        raise NobodyListens(f"there is no Shopify account {account!r} here")
    if request.headers.get("X-Shopify-Topic", "").lower() == INVENTORY_TOPIC:
        return await _listen(request, services, account, reader)
    store = partial(_store_of_shop, services, account, reader)
    return _acknowledge(services, *await _answer(request, services, "shopify", store))


@router.post("/fulfillment/{node}", summary="A node's callback", response_model=Acknowledgement)
async def node_callback(node: str, request: Request, services: Joined) -> Acknowledgement:
    """Store one callback of a node, signed by `X-Orderloom-Signature` over the raw body, or as its `api` describes.

    One that brings several pieces of news is acknowledged by the first.
    """
    reader = services.node_callbacks.get(node)
    if reader is None:
        raise NobodyListens(f"there is no node {node!r} with callbacks here")
    stored = await _answer(request, services, "fulfillment", partial(_store_all, services, reader.to_events))
    first, *_ = [_acknowledge(services, *one) for one in stored]
    return first


async def _take_in(request: Request, services: Services, kind: str, read: Read) -> Acknowledgement:
    return _acknowledge(services, *await _answer(request, services, kind, partial(_store, services, read)))


async def _listen(
    request: Request, services: Services, account: str, reader: ShopifyWebhooks
) -> Acknowledgement | Heard:
    heard = await _answer(request, services, "inventory", partial(_hear, services, account, reader))
    return heard if isinstance(heard, Heard) else _acknowledge(services, *heard)


def _acknowledge(services: Services, event: NewEvent, stored: StoredEvent) -> Acknowledgement:
    _count(services, event, stored)
    services.relay.wake()
    return Acknowledgement(event_id=stored.event_id, duplicate=stored.duplicate, state=stored.state)


async def _answer(request: Request, services: Services, kind: str, work: Callable[..., Answer]) -> Answer:
    began = time.perf_counter()
    try:
        body = await read_body(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        # Verifying, reading and storing block: the loop goes on with other deliveries meanwhile.
        return await run_in_threadpool(work, body, headers)
    except tuple(STATUS_OF) as refusal:
        services.meters.refused.labels(status=str(STATUS_OF[type(refusal)])).inc()
        log.warning("a delivery was not stored", kind=kind, why=type(refusal).__name__, path=request.url.path)
        raise
    finally:
        services.meters.answer_seconds.labels(kind=kind).observe(time.perf_counter() - began)


def _hear(
    services: Services, account: str, reader: ShopifyWebhooks, body: bytes, headers: dict[str, str]
) -> Heard | tuple[NewEvent, StoredEvent]:
    """The topic is not signed: a body that is no inventory level is kept like that of any other topic."""
    reader.verify(body, headers)
    try:
        level = read_inventory_level(body)
    except UnreadableEvent:
        return _store(services, reader.to_event, body, headers)
    item, location = level.inventory_item_id, level.location_id
    services.store.listings.heard(Channel.SHOPIFY, account, item, location, level.available or 0)
    return Heard(inventory_item_id=item, location_id=location)


def _store(services: Services, read: Read, body: bytes, headers: dict[str, str]) -> tuple[NewEvent, StoredEvent]:
    event = read(body, headers)
    return event, services.store.events.store(event)


def _store_all(
    services: Services, read: ReadAll, body: bytes, headers: dict[str, str]
) -> list[tuple[NewEvent, StoredEvent]]:
    """Where it fails halfway, the sender comes again, and what is there is recognised."""
    return [(event, services.store.events.store(event)) for event in read(body, headers)]


def _store_of_shop(
    services: Services, account: str, reader: ShopifyWebhooks, body: bytes, headers: dict[str, str]
) -> tuple[NewEvent, StoredEvent]:
    """Store it, and do at once what the shop asks of us and no order does; a repeat does the same again."""
    event, stored = _store(services, reader.to_event, body, headers)
    if stored.state is EventState.UNREADABLE:
        return event, stored
    heed(services.store, account, reader, body, event, stored)
    return event, stored


def _count(services: Services, event: NewEvent, stored: StoredEvent) -> None:
    if stored.duplicate:
        services.meters.duplicates.labels(origin=event.origin).inc()
        return
    topic = services.meters.topic(event.topic)
    services.meters.events.labels(origin=event.origin, topic=topic, state=stored.state.value).inc()
    if stored.state is EventState.UNREADABLE:
        log.warning("a delivery cannot be read", origin=event.origin, event_id=stored.event_id, why=event.detail)

"""An event that names no order waits for its channel to say which one it is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.books import Books
from activities.resolving import ResolvingActivities
from activities.round_messages import ResolveStart
from orderloom.domain.errors import OrderloomError, Rejected, Unavailable
from orderloom.domain.events import EventState
from orderloom.domain.keys import Channel
from orderloom.storage.store import Store, open_store
from tests.storage import shop

LEASE = timedelta(seconds=30)


@dataclass
class Shopify:
    answer: str | OrderloomError = "1001"

    def order_of(self, body: bytes) -> str:
        if isinstance(self.answer, OrderloomError):
            raise self.answer
        return self.answer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/orders.db", shop.KEYS, nodes=shop.NODES, clock=shop.Clock())
    yield store
    store.close()


def _start(store: Store) -> ResolveStart:
    stored = store.events.store(shop.event("d1", None, topic="fulfillment_orders/moved"))
    return ResolveStart(channel=Channel.SHOPIFY, account="kitchen", event_id=stored.event_id)


def _steps(store: Store, shopify: Shopify) -> ResolvingActivities:
    books = Books(store.events, store.orders, store.catalog, store.ledger, store.shipments, store.cancellations)
    return ResolvingActivities(books, {(Channel.SHOPIFY, "kitchen"): shopify})


def test_the_event_gets_its_order_and_the_relay_then_has_it(store: Store) -> None:
    start = _start(store)
    assert ActivityEnvironment().run(_steps(store, Shopify()).resolve_order, start) == shop.key(1001)
    assert ActivityEnvironment().run(_steps(store, Shopify("1002")).resolve_order, start) == shop.key(1001)
    (pending,) = store.events.claim(9, LEASE)
    assert (pending.event_id, pending.order_key) == (start.event_id, shop.key(1001))


def test_a_channel_that_is_away_is_asked_again_and_nothing_is_lost(store: Store) -> None:
    start = _start(store)
    with pytest.raises(ApplicationError) as away:
        ActivityEnvironment().run(_steps(store, Shopify(Unavailable("shopify", "is away"))).resolve_order, start)
    assert not away.value.non_retryable
    assert len(store.events.claim_nameless(9, LEASE)) == 1


def test_an_event_of_no_order_is_put_before_an_operator(store: Store) -> None:
    start = _start(store)
    unknown = Shopify(Rejected("shopify", "FULFILLMENT_ORDER_UNKNOWN", "shows none"))
    assert ActivityEnvironment().run(_steps(store, unknown).resolve_order, start) is None
    assert store.events.claim_nameless(9, LEASE) == []
    stored = store.events.store(shop.event("d1", None, topic="fulfillment_orders/moved"))
    assert (stored.duplicate, stored.state) == (True, EventState.UNREADABLE)

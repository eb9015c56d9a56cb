"""Nodes that answer late, twice, with an error after accepting, or never: exactly one shipment leaves per line."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.books import Books
from activities.dispatching import NodeActivities
from activities.messages import Heard, RecallStep, ShipmentNews, ShipmentStep
from orderloom.domain.keys import OrderKey
from orderloom.domain.node_api import NodeApi, NodePreset
from orderloom.domain.orders import Order
from orderloom.domain.records import DispatchState
from orderloom.domain.stock import StockCount
from orderloom.fulfillment import DescribedApi
from orderloom.storage.store import Store, open_store
from tests.fulfillment.threepl import TOKEN, ThreePl, running_threepl
from tests.storage import shop

PATIENCE_SECONDS = 0.3
KEY = shop.key()


@pytest.fixture
def threepl() -> Iterator[ThreePl]:
    with running_threepl() as threepl:
        yield threepl


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/orders.db", shop.KEYS, nodes=shop.NODES, clock=shop.Clock())
    order: Order = shop.order(1001, shop.line("1", "PAN", 2))
    shop.stocked(store, PAN=5)
    store.orders.record(shop.reading(order), "event")
    store.ledger.reserve(order, "own")
    store.ledger.decide(shop.decision(order.key, shop.START, shop.planned(1, "east", ("1", "PAN", 2))))
    yield store
    store.close()


@pytest.fixture
def steps(store: Store, threepl: ThreePl) -> Iterator[NodeActivities]:
    books = Books(
        store.events, store.orders, store.catalog, store.ledger, store.shipments, store.cancellations, shop.Clock()
    )
    api = NodeApi(preset=NodePreset.SHIPBOB)
    with closing(DescribedApi("east", threepl.url, api, TOKEN, timeout=PATIENCE_SECONDS)) as described:
        yield NodeActivities(books, {"east": described.node(store.shipments.lines_of, store.shipments.packages_under)})


def until_it_is_clear(steps: NodeActivities, key: OrderKey) -> tuple[ShipmentNews, int]:
    """Try again as Temporal would; how often it took."""
    for attempt in range(1, 10):
        try:
            return ActivityEnvironment().run(steps.dispatch, ShipmentStep(key=key, shipment=1)), attempt
        except ApplicationError as failed:
            if failed.non_retryable:
                raise
    raise AssertionError("it never became clear")


@pytest.mark.parametrize(
    "moods",
    [
        ["late"],
        ["fails after"],
        ["drops after"],
        ["fails before", "drops after"],
        ["never hears", "fails before", "late"],
        ["busy", "busy", "fails after"],
    ],
    ids=", ".join,
)
def test_one_shipment_leaves_however_the_node_misbehaves(
    store: Store, threepl: ThreePl, steps: NodeActivities, moods: list[str]
) -> None:
    threepl.moods = list(moods)
    news, _ = until_it_is_clear(steps, KEY)
    assert news.heard is Heard.ACCEPTED
    again, _ = until_it_is_clear(steps, KEY)
    assert again.heard is Heard.ACCEPTED, "the step itself may also run twice"
    assert [order["reference_id"] for order in threepl.orders] == [store.shipments.shipments(KEY)[0].dispatch_id]
    threepl.shipped = True
    for _ in range(2):
        told = ActivityEnvironment().run(steps.ask_node, ShipmentStep(key=KEY, shipment=1))
        assert (told.heard, len(told.packages)) == (Heard.SHIPPED, 1)
    assert shop.levels(store, "PAN") == (3, 0, 0)


def test_a_node_that_never_answers_leaves_the_order_where_it_was(
    store: Store, threepl: ThreePl, steps: NodeActivities
) -> None:
    threepl.moods = ["never hears"] * 20
    with pytest.raises(AssertionError, match="never became clear"):
        until_it_is_clear(steps, KEY)
    assert threepl.orders == []
    assert shop.levels(store, "PAN") == (5, 2, 0)


def test_what_a_node_never_ships_goes_to_another_one_only_when_it_lets_go(
    store: Store, threepl: ThreePl, steps: NodeActivities
) -> None:
    until_it_is_clear(steps, KEY)
    recall = RecallStep(key=KEY, shipment=1, why="it was silent")
    threepl.moods_of_cancel = ["never hears", "fails after"]
    for _ in range(2):
        with pytest.raises(ApplicationError) as failed:
            ActivityEnvironment().run(steps.recall, recall)
        assert not failed.value.non_retryable
        assert store.shipments.shipments(KEY)[0].state is DispatchState.DISPATCHED, "no word of it is no proof"
    assert ActivityEnvironment().run(steps.recall, recall).heard is Heard.CANCELLED
    assert store.shipments.shipments(KEY)[0].state is DispatchState.REFUSED
    assert ActivityEnvironment().run(steps.recall, recall).heard is Heard.REFUSED, "the step itself may also run twice"
    store.ledger.set_count(StockCount(sku="PAN", node="west", on_hand=2), "test", "count")
    store.ledger.decide(shop.decision(KEY, shop.START + timedelta(days=1), shop.planned(1, "west", ("1", "PAN", 2))))
    assert [(s.node, s.attempt) for s in store.shipments.shipments(KEY)] == [("west", 2)]
    assert [order["status"] for order in threepl.orders] == ["Cancelled"]
    assert store.ledger.verify().is_balanced


def test_what_has_left_before_the_node_was_asked_to_let_go_stays_with_it(
    store: Store, threepl: ThreePl, steps: NodeActivities
) -> None:
    until_it_is_clear(steps, KEY)
    threepl.shipped = True
    news = ActivityEnvironment().run(steps.recall, RecallStep(key=KEY, shipment=1, why="it was silent"))
    assert (news.heard, len(news.packages)) == (Heard.SHIPPED, 1)
    assert shop.levels(store, "PAN") == (3, 0, 0)


def test_a_refusal_is_proof_and_only_then_another_node_may_be_asked(threepl: ThreePl, steps: NodeActivities) -> None:
    threepl.moods = ["refuses"]
    news, attempts = until_it_is_clear(steps, KEY)
    assert (news.heard, attempts, threepl.orders) == (Heard.REFUSED, 1, [])

"""Routing where the stock moves between reserving and deciding."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.books import Books, Channels
from activities.dispatching import NodeActivities
from activities.messages import ShipmentStep
from activities.routing import RoutingActivities
from activities.rule_messages import RouteRequest
from activities.rulings import Rulings
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.orders import HoldReason, OrderReading, PersonalData
from orderloom.domain.routing import Router
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.storage.store import Store, open_store
from orderloom.storage.vault import KeyRing
from tests.domain.orders import an_order, line
from tests.workflows.fakes import FakeNode
from tests.workflows.merchant import CONFIG


@pytest.fixture
def store(tmp_path: Path) -> Store:
    keys = KeyRing({"k": b"1" * 32}, "k")
    store = open_store(f"sqlite:///{tmp_path}/orders.db", keys, accounts=CONFIG.accounts, nodes=CONFIG.nodes)
    store.catalog.import_skus([SkuMaster(sku="PAN", weight_grams=900)])
    return store


def test_units_that_a_count_took_away_after_they_were_reserved_are_a_hold_and_not_an_endless_retry(
    store: Store,
) -> None:
    earlier = an_order(line(quantity=2, grams=900))
    order = earlier.model_copy(update={"key": earlier.key.model_copy(update={"order_id": "1002"})})
    steps = RoutingActivities(
        Books(store.events, store.orders, store.catalog, store.ledger, store.shipments, store.cancellations),
        Channels(CONFIG, {}),
        Rulings(CONFIG, Router(CONFIG.rules, CONFIG.nodes)),
    )
    store.ledger.set_count(StockCount(sku="PAN", node="own", on_hand=4), "test", "count")
    for placed in (earlier, order):
        store.orders.record(OrderReading(order=placed, personal=PersonalData()), "event")
        store.ledger.reserve(placed, "own")
    store.ledger.set_count(StockCount(sku="PAN", node="own", on_hand=2), "test", "two are broken")
    hold = steps.route(RouteRequest(key=order.key)).hold
    assert hold is not None
    assert (hold.reason, hold.detail) == (HoldReason.OUT_OF_STOCK, "2 of PAN short")
    assert steps.route(RouteRequest(key=earlier.key)).nodes == ("own",), "who came first keeps its units"
    store.ledger.set_count(StockCount(sku="PAN", node="own", on_hand=4), "test", "repaired")
    assert steps.route(RouteRequest(key=order.key)).nodes == ("own",)
    store.close()


def test_a_full_node_is_passed_over_and_a_chosen_service_is_what_the_node_is_asked_for(store: Store) -> None:
    service = {"service": "overnight", "transit_days": {"all": 1}}
    limited = {"daily_capacity": 1, "zones": [{"zone": "all"}], "services": [service], "time_zone": "America/New_York"}
    said = CONFIG.model_dump(mode="json")
    said["nodes"][0] |= limited
    config = MerchantConfig.model_validate(said)
    books = Books(store.events, store.orders, store.catalog, store.ledger, store.shipments, store.cancellations)
    steps = RoutingActivities(books, Channels(config, {}), Rulings(config, Router.of(config)))
    counts = [StockCount(sku="PAN", node=node, on_hand=9) for node in ("own", "harbor")]
    store.ledger.import_counts(counts, "test", "count")
    earlier = an_order(line(grams=900))
    order = earlier.model_copy(update={"key": earlier.key.model_copy(update={"order_id": "1002"})})
    for placed, node in ((earlier, "own"), (order, "harbor")):
        store.orders.record(OrderReading(order=placed, personal=PersonalData()), "event")
        store.ledger.reserve(placed, "own")
        assert steps.route(RouteRequest(key=placed.key)).nodes == (node,)
    assert steps.route(RouteRequest(key=earlier.key)).nodes == ("own",), "its own place is not taken by itself"
    planned = store.ledger.planned(earlier.key, 1)
    assert planned is not None
    assert planned.service == "overnight"
    assert store.ledger.planned(order.key, 7) is None
    nodes = {name: FakeNode(name) for name in ("own", "harbor")}
    dispatching = NodeActivities(books, nodes)
    for placed in (earlier, order):
        dispatching.dispatch(ShipmentStep(key=placed.key, shipment=1))
    assert [nodes[name].asked[0].service_level for name in nodes] == ["overnight", None]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert store.shipments.taken_since({"own": tomorrow}, order.key) == {"own": 0}, "given today, not tomorrow"
    store.close()

"""Routing where the stock moves between reserving and deciding."""

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.books import Books, Channels
from activities.dispatching import NodeActivities
from activities.messages import ShipmentStep
from activities.routing import MOST_ATTEMPTS, RoutingActivities
from activities.rule_messages import RouteRequest
from activities.rulings import Rulings
from orderloom.domain.books import Ledger
from orderloom.domain.decisions import Decision
from orderloom.domain.errors import StockMoved
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.orders import HoldReason, OrderReading, PersonalData
from orderloom.domain.routing import Router
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.storage.store import Store, open_store
from orderloom.storage.vault import KeyRing
from tests.domain.orders import an_order, line
from tests.workflows.fakes import FakeNode
from tests.workflows.merchant import CONFIG


def opened(folder: Path, config: MerchantConfig) -> Store:
    keys = KeyRing({"k": b"1" * 32}, "k")
    store = open_store(f"sqlite:///{folder}/orders.db", keys, accounts=config.accounts, nodes=config.nodes)
    store.catalog.import_skus([SkuMaster(sku="PAN", weight_grams=900)])
    return store


def steps_on(store: Store, config: MerchantConfig = CONFIG, ledger: Ledger | None = None) -> RoutingActivities:
    books = Books(
        store.events, store.orders, store.catalog, ledger or store.ledger, store.shipments, store.cancellations
    )
    return RoutingActivities(books, Channels(config, {}), Rulings(config, Router.of(config)), store.actions)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return opened(tmp_path, CONFIG)


class Refusing:
    """A ledger that never finds the units of a plan."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def decide(self, decision: Decision) -> None:
        if decision.plan:
            raise StockMoved("PAN", decision.plan[0].node)
        self._ledger.decide(decision)


def test_units_that_a_count_took_away_after_they_were_reserved_are_a_hold_and_not_an_endless_retry(
    store: Store,
) -> None:
    earlier = an_order(line(quantity=2, grams=900))
    order = earlier.model_copy(update={"key": earlier.key.model_copy(update={"order_id": "1002"})})
    steps = steps_on(store)
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
    steps = RoutingActivities(books, Channels(config, {}), Rulings(config, Router.of(config)), store.actions)
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


def test_two_lines_of_one_sku_that_sold_from_two_pools_are_routed_from_both(tmp_path: Path) -> None:
    said = CONFIG.model_dump(mode="json")
    (harbor,) = (node for node in said["nodes"] if node["node"] == "harbor")
    harbor["pool"] = "far"
    config = MerchantConfig.model_validate(said)
    store = opened(tmp_path, config)
    steps = steps_on(store, config)
    order = an_order(line("1", quantity=1), line("2", quantity=1))
    store.ledger.import_counts([StockCount(sku="PAN", node=n, on_hand=5) for n in ("own", "harbor")], "test", "count")
    store.orders.record(OrderReading(order=order, personal=PersonalData()), "event")
    store.ledger.reserve(order, "own", {"2": "far"})
    assert sorted(steps.route(RouteRequest(key=order.key)).nodes) == ["harbor", "own"]
    store.close()


def test_a_plan_that_the_ledger_refuses_again_and_again_becomes_a_hold(store: Store) -> None:
    order = an_order(line(quantity=1, grams=900))
    store.ledger.import_counts([StockCount(sku="PAN", node="own", on_hand=5)], "test", "count")
    store.orders.record(OrderReading(order=order, personal=PersonalData()), "event")
    store.ledger.reserve(order, "own")
    steps = steps_on(store, ledger=cast(Ledger, Refusing(store.ledger)))
    worker = ActivityEnvironment()
    with pytest.raises(ApplicationError) as raced:
        worker.run(steps.route, RouteRequest(key=order.key))
    assert (raced.value.type, raced.value.non_retryable) == ("StockMoved", False)
    worker.info = dataclasses.replace(worker.info, attempt=MOST_ATTEMPTS)
    routed = worker.run(steps.route, RouteRequest(key=order.key))
    assert routed.hold is not None
    assert (routed.hold.reason, routed.plan, routed.nodes) == (HoldReason.NO_ROUTE, (), ())
    assert "PAN at own was taken" in routed.hold.detail
    store.close()

"""Where an order stands, said by its story and by steps beside it at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from orderloom.domain.errors import OrderUnknown
from orderloom.domain.orders import Hold, HoldReason, Order, OrderStatus
from orderloom.domain.shipments import NodeShipment, NodeState
from orderloom.storage.store import Store
from tests.storage.shop import Clock, decision, key, line, order, package, planned, reading, stocked

HOLD = Hold(reason=HoldReason.NODE_SILENT, detail="nothing left in its time", fix="ask the node")


@pytest.fixture
def placed(store: Store) -> Order:
    placed = order(1, line("1", "PAN", 2))
    stocked(store, PAN=5)
    store.orders.record(reading(placed), "none")
    store.ledger.reserve(placed, "own")
    return placed


def dispatched(store: Store, clock: Clock, placed: Order) -> str:
    store.ledger.decide(decision(placed.key, clock.advance(seconds=1), planned(1, "east", ("1", "PAN", 2))))
    name = store.shipments.begin_dispatch(placed.key, 1).dispatch_id
    store.shipments.dispatched(placed.key, 1, NodeShipment(dispatch_id=name, state=NodeState.ACCEPTED))
    store.orders.advance(placed.key, OrderStatus.DISPATCHED, ["east"])
    return name


def stands(store: Store, placed: Order) -> tuple[OrderStatus, Hold | None]:
    record = store.orders.get(placed.key)
    return record.status, record.hold


def test_a_step_does_not_lift_a_hold_or_end_a_wait(store: Store, placed: Order) -> None:
    store.orders.set_status(placed.key, OrderStatus.HELD, hold=HOLD)
    store.orders.advance(placed.key, OrderStatus.ROUTED, ["east"])
    assert stands(store, placed) == (OrderStatus.HELD, HOLD)
    assert store.orders.get(placed.key).nodes == ("east",)
    store.orders.set_status(placed.key, OrderStatus.WAITING)
    store.orders.advance(placed.key, OrderStatus.RESERVED)
    assert stands(store, placed) == (OrderStatus.WAITING, None)
    store.orders.advance(placed.key, OrderStatus.ROUTED)
    assert stands(store, placed) == (OrderStatus.ROUTED, None)


def test_a_step_does_not_open_an_order_at_its_end(store: Store, placed: Order) -> None:
    store.orders.set_status(placed.key, OrderStatus.CANCELLED)
    store.orders.advance(placed.key, OrderStatus.DISPATCHED)
    assert stands(store, placed) == (OrderStatus.CANCELLED, None)
    with pytest.raises(OrderUnknown):
        store.orders.advance(key(404), OrderStatus.DISPATCHED)


def test_a_hold_that_is_lifted_late_leaves_the_order_where_its_nodes_are(
    store: Store, clock: Clock, placed: Order
) -> None:
    store.orders.set_status(placed.key, OrderStatus.HELD, hold=HOLD)
    name = dispatched(store, clock, placed)
    assert stands(store, placed) == (OrderStatus.HELD, HOLD)
    store.orders.set_status(placed.key, OrderStatus.ROUTED)
    assert stands(store, placed) == (OrderStatus.DISPATCHED, None)
    store.shipments.add_package(name, package("A", ("1", "PAN", 1)))
    store.orders.set_status(placed.key, OrderStatus.ROUTED)
    assert stands(store, placed) == (OrderStatus.PARTIALLY_SHIPPED, None)


def test_a_hold_that_is_lifted_while_a_step_ends_does_not_come_back(store: Store, clock: Clock, placed: Order) -> None:
    dispatched(store, clock, placed)
    for _ in range(40):
        store.orders.set_status(placed.key, OrderStatus.HELD, hold=HOLD)
        with ThreadPoolExecutor(4) as threads:
            threads.submit(store.orders.advance, placed.key, OrderStatus.DISPATCHED)
            threads.submit(store.orders.set_status, placed.key, OrderStatus.ROUTED)
            threads.submit(store.orders.advance, placed.key, OrderStatus.DISPATCHED)
            threads.submit(store.orders.advance, placed.key, OrderStatus.ROUTED)
        assert stands(store, placed) == (OrderStatus.DISPATCHED, None)

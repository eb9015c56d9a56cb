"""Decisions that place an order's units on nodes, and what is given back when one is replaced."""

import pytest

from orderloom.domain.decisions import Decision
from orderloom.domain.errors import OrderClosed, StockMoved
from orderloom.domain.orders import Order
from orderloom.domain.records import DispatchState
from orderloom.domain.shipments import NodeShipment, NodeState, PlannedShipment
from orderloom.domain.stock import StockCount
from orderloom.storage.store import Store
from tests.storage.shop import Clock, assert_balanced, decision, key, levels, line, order, planned, stocked

TWO_PANS = order(1, line("1", "PAN", 2))


def reserved(store: Store, placed: Order = TWO_PANS) -> Order:
    store.ledger.reserve(placed, "own")
    return placed


def decide(store: Store, clock: Clock, placed: Order, *plan: PlannedShipment) -> Decision:
    made = decision(placed.key, clock.advance(seconds=1), *plan)
    store.ledger.decide(made)
    return made


def allocated(store: Store, sku: str = "PAN") -> dict[str, int]:
    return {row.node: row.allocated for row in store.ledger.show_nodes(sku)}


def test_a_decision_allocates_its_plan_and_plans_its_shipments(store: Store, clock: Clock) -> None:
    stocked(store, PAN=5, LID=5)
    placed = reserved(store, order(1, line("1", "PAN", 2), line("2", "LID", 1)))
    made = decide(store, clock, placed, planned(1, "east", ("1", "PAN", 2), ("2", "LID", 1)))
    shipment = store.shipments.shipments(placed.key)[0]
    assert (shipment.number, shipment.node, shipment.attempt, shipment.state) == (1, "east", 1, DispatchState.PLANNED)
    assert shipment.lines == made.plan[0].lines
    assert allocated(store) == {"east": 2}
    store.ledger.decide(made)
    assert allocated(store) == {"east": 2}
    assert_balanced(store)


def test_a_node_that_lost_the_units_leaves_nothing_stored(store: Store, clock: Clock) -> None:
    stocked(store, PAN=5, LID=5)
    placed = reserved(store, order(1, line("1", "PAN", 2), line("2", "LID", 1)))
    store.ledger.set_count(StockCount(sku="PAN", node="west", on_hand=1), by="ann", why="count")
    with pytest.raises(StockMoved) as moved:
        decide(store, clock, placed, planned(1, "west", ("1", "PAN", 2)), planned(2, "east", ("2", "LID", 1)))
    assert (moved.value.sku, moved.value.node) == ("PAN", "west")
    assert store.shipments.shipments(placed.key) == []
    assert allocated(store) == {"east": 0, "west": 0}
    assert_balanced(store)


def test_units_that_the_order_did_not_reserve_are_not_allocated(store: Store, clock: Clock) -> None:
    stocked(store, PAN=2)
    reserved(store, order(9, line("1", "PAN", 1)))
    placed = reserved(store)
    with pytest.raises(StockMoved):
        decide(store, clock, placed, planned(1, "east", ("1", "PAN", 2)))
    decide(store, clock, placed, planned(1, "east", ("1", "PAN", 1)))
    assert_balanced(store)


def test_a_node_of_another_pool_cannot_ship_what_this_pool_reserved(store: Store, clock: Clock) -> None:
    stocked(store, PAN=2)
    store.ledger.set_count(StockCount(sku="PAN", node="fba", on_hand=2), by="ann", why="count")
    placed = reserved(store)
    with pytest.raises(StockMoved):
        decide(store, clock, placed, planned(1, "fba", ("1", "PAN", 2)))


def test_a_new_decision_replaces_what_was_not_sent_yet(store: Store, clock: Clock) -> None:
    stocked(store, PAN=2)
    store.ledger.set_count(StockCount(sku="PAN", node="west", on_hand=2), by="ann", why="count")
    placed = reserved(store)
    decide(store, clock, placed, planned(1, "east", ("1", "PAN", 2)))
    decide(store, clock, placed, planned(1, "east", ("1", "PAN", 1)), planned(2, "west", ("1", "PAN", 1)))
    assert allocated(store) == {"east": 1, "west": 1}
    decide(store, clock, placed, planned(1, "west", ("1", "PAN", 2)))
    assert [(s.number, s.node, s.attempt) for s in store.shipments.shipments(placed.key)] == [(1, "west", 1)]
    assert allocated(store) == {"east": 0, "west": 2}
    assert_balanced(store)


def test_what_a_node_may_be_acting_on_is_not_planned_over(store: Store, clock: Clock) -> None:
    stocked(store, PAN=4)
    placed = reserved(store)
    decide(store, clock, placed, planned(1, "east", ("1", "PAN", 1)))
    store.shipments.begin_dispatch(placed.key, 1)
    with pytest.raises(StockMoved):
        decide(store, clock, placed, planned(1, "east", ("1", "PAN", 1)))
    decide(store, clock, placed, planned(2, "east", ("1", "PAN", 1)))
    states = [(s.number, s.state) for s in store.shipments.shipments(placed.key)]
    assert states == [(1, DispatchState.SENDING), (2, DispatchState.PLANNED)]
    assert_balanced(store)


def test_levels_leave_out_the_orders_own_allocations_that_were_not_sent(store: Store, clock: Clock) -> None:
    stocked(store, PAN=4)
    placed = reserved(store)
    decide(store, clock, placed, planned(1, "east", ("1", "PAN", 2)))
    assert [row.allocated for row in store.ledger.levels(["PAN"], ["east", "west"], placed.key)] == [0, 0]
    assert [row.allocated for row in store.ledger.levels(["PAN"], ["east", "west"], key(2))] == [2, 0]
    store.shipments.begin_dispatch(placed.key, 1)
    assert [row.allocated for row in store.ledger.levels(["PAN"], ["east"], placed.key)] == [2]


def test_a_refused_shipment_gets_its_next_attempt_at_another_node(store: Store, clock: Clock) -> None:
    stocked(store, PAN=2)
    store.ledger.set_count(StockCount(sku="PAN", node="west", on_hand=2), by="ann", why="count")
    placed = reserved(store)
    decide(store, clock, placed, planned(1, "east", ("1", "PAN", 2)))
    first = store.shipments.begin_dispatch(placed.key, 1)
    store.shipments.refused(placed.key, 1, "out of stock")
    assert store.shipments.shipments(placed.key)[0].reason == "out of stock"
    decide(store, clock, placed, planned(1, "west", ("1", "PAN", 2)))
    second = store.shipments.begin_dispatch(placed.key, 1)
    assert (second.attempt, second.node, second.state) == (2, "west", DispatchState.SENDING)
    assert first.dispatch_id != second.dispatch_id
    old = store.shipments.by_dispatch_id(first.dispatch_id)
    assert old is not None
    assert (old.attempt, old.state) == (1, DispatchState.REFUSED)
    assert allocated(store) == {"east": 0, "west": 2}
    assert_balanced(store)


def test_a_refused_shipment_may_be_tried_again_at_its_node(store: Store, clock: Clock) -> None:
    stocked(store, PAN=2)
    placed = reserved(store)
    decide(store, clock, placed, planned(1, "east", ("1", "PAN", 2)))
    store.shipments.begin_dispatch(placed.key, 1)
    store.shipments.refused(placed.key, 1, "closed today")
    again = store.shipments.begin_dispatch(placed.key, 1)
    assert (again.attempt, again.node) == (2, "east")
    assert [(row.line_id, row.quantity) for row in again.lines] == [("1", 2)]
    assert store.shipments.begin_dispatch(placed.key, 1) == again
    assert allocated(store) == {"east": 2}
    assert_balanced(store)


def test_a_late_answer_does_not_undo_what_is_known_since(store: Store, clock: Clock) -> None:
    stocked(store, PAN=2)
    placed = reserved(store)
    decide(store, clock, placed, planned(1, "east", ("1", "PAN", 2)))
    name = store.shipments.begin_dispatch(placed.key, 1).dispatch_id
    accepted = NodeShipment(dispatch_id=name, state=NodeState.ACCEPTED)
    store.shipments.dispatched(placed.key, 1, accepted)
    first = store.shipments.shipments(placed.key)[0]
    assert (first.state, first.dispatched_at) == (DispatchState.DISPATCHED, clock.now)
    store.shipments.cancelled(placed.key, 1)
    clock.advance(minutes=1)
    store.shipments.dispatched(placed.key, 1, accepted)
    assert store.shipments.shipments(placed.key)[0].state is DispatchState.CANCELLED


def test_release_gives_back_what_was_allocated_and_a_late_decision_is_refused(store: Store, clock: Clock) -> None:
    stocked(store, PAN=2)
    placed = reserved(store)
    decide(store, clock, placed, planned(1, "east", ("1", "PAN", 2)))
    store.shipments.begin_dispatch(placed.key, 1)
    store.ledger.release(placed.key)
    assert allocated(store) == {"east": 0}
    with pytest.raises(OrderClosed):
        decide(store, clock, placed, planned(2, "east", ("1", "PAN", 2)))
    assert_balanced(store)


def test_an_order_that_shrinks_before_it_is_sent_shrinks_its_shipment(store: Store, clock: Clock) -> None:
    stocked(store, PAN=2)
    placed = reserved(store)
    decide(store, clock, placed, planned(1, "east", ("1", "PAN", 2)))
    store.ledger.reserve(order(1, line("1", "PAN", 1)), "own")
    assert [row.quantity for row in store.shipments.shipments(placed.key)[0].lines] == [1]
    assert allocated(store) == {"east": 1}
    store.shipments.begin_dispatch(placed.key, 1)
    store.ledger.reserve(order(1, line("1", "PAN", 0)), "own")
    assert levels(store, "PAN") == (2, 1, 0), "what a node was asked to ship stays reserved"
    assert_balanced(store)

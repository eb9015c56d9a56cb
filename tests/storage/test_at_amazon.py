"""Stock in Amazon's warehouses: snapshots are observed, and what Amazon sells between two of them is gone at once."""

from datetime import timedelta

from orderloom.domain.shipments import NodeShipment, NodeState
from orderloom.storage.store import Store
from tests.storage.shop import START, Clock, assert_balanced, decision, levels, line, order, package, planned, stocked


def at_fba(store: Store) -> tuple[int, int, int]:
    return levels(store, "PAN", "fba")


def test_a_snapshot_is_what_the_ledger_has_and_the_difference_is_observed(store: Store, clock: Clock) -> None:
    stocked(store, PAN=3)
    assert store.ledger.record_fba_snapshot("fba", {"PAN": 40, "POT": 0}, START) == 1
    clock.advance(minutes=15)
    assert store.ledger.record_fba_snapshot("fba", {"PAN": 38}, clock.now) == 1
    assert store.ledger.record_fba_snapshot("fba", {"PAN": 99}, START) == 0
    assert at_fba(store) == (38, 0, 0)
    assert levels(store, "PAN") == (3, 0, 0)
    assert_balanced(store)


def test_a_sku_that_a_snapshot_leaves_out_has_none(store: Store, clock: Clock) -> None:
    stocked(store)
    store.ledger.record_fba_snapshot("fba", {"PAN": 40}, START)
    store.ledger.record_fba_snapshot("fba", {}, clock.advance(minutes=15))
    assert at_fba(store) == (0, 0, 0)


def test_an_order_newer_than_the_snapshot_is_gone_once_and_the_next_snapshot_knows_it(
    store: Store, clock: Clock
) -> None:
    stocked(store)
    store.ledger.record_fba_snapshot("fba", {"PAN": 40}, START)
    old = order(1, line("1", "PAN", 5), placed_at=START - timedelta(minutes=1))
    new = order(2, line("1", "PAN", 2), placed_at=clock.advance(minutes=1))
    for _ in range(2):
        store.ledger.fba_sale(old, "fba")
        store.ledger.fba_sale(new, "fba")
    assert at_fba(store) == (38, 0, 0)
    late = order(3, line("1", "PAN", 1), placed_at=clock.advance(minutes=5))
    asked_at = clock.now - timedelta(minutes=1)
    store.ledger.fba_sale(late, "fba")
    assert store.ledger.record_fba_snapshot("fba", {"PAN": 38}, asked_at) == 0
    assert at_fba(store) == (37, 0, 0)
    assert_balanced(store)


def test_our_own_request_is_counted_out_once_until_a_snapshot_and_after_it(store: Store, clock: Clock) -> None:
    """What is free is Amazon's figure less what it does not know of yet, and never less the same units twice."""
    stocked(store)
    store.ledger.record_fba_snapshot("fba", {"PAN": 40}, START)
    placed = order(1, line("1", "PAN", 2))
    store.ledger.reserve(placed, "fba")
    store.ledger.decide(decision(placed.key, START, planned(1, "fba", ("1", "PAN", 2))))
    sent = store.shipments.begin_dispatch(placed.key, 1)
    assert at_fba(store) == (40, 2, 0)

    asked_before = clock.advance(minutes=1)
    clock.advance(minutes=1)
    accepted = NodeShipment(dispatch_id=sent.dispatch_id, state=NodeState.ACCEPTED)
    store.shipments.dispatched(placed.key, 1, accepted)
    store.ledger.record_fba_snapshot("fba", {"PAN": 40}, asked_before)
    assert at_fba(store) == (40, 2, 0), "asked for before the request: 38 are free"

    for minutes in (1, 15):
        store.ledger.record_fba_snapshot("fba", {"PAN": 38}, clock.advance(minutes=minutes))
        assert at_fba(store) == (40, 2, 0), "Amazon's 38 leave the request out already: 38 are free"

    store.ledger.ship(placed.key, 1, package("box", ("1", "PAN", 2)))
    assert at_fba(store) == (38, 0, 0)
    store.ledger.record_fba_snapshot("fba", {"PAN": 38}, clock.advance(minutes=15))
    assert at_fba(store) == (38, 0, 0)
    assert_balanced(store)

"""What nodes say they have: compared as of the moment of asking, observed or proposed, and never counted twice."""

from datetime import datetime

import pytest

from orderloom.domain.errors import InputInvalid, StockUnreadable
from orderloom.domain.node_profile import StockReading
from orderloom.domain.shipments import NodeShipment, NodeState
from orderloom.domain.stock import MovementKind, StockCount, StockReceipt
from orderloom.domain.stock_reading import CountProposal, NodeLevel, ProposalState, StockRead
from orderloom.storage.store import Store
from tests.storage import shop
from tests.storage.shop import Clock, assert_balanced, levels, stocked

BY_HAND = StockReading()
SMALL = StockReading(accept_units=2)


def lies_there(**units: int) -> dict[str, NodeLevel]:
    return {sku: NodeLevel(sku=sku, on_hand=count) for sku, count in units.items()}


def is_free(**units: int) -> dict[str, NodeLevel]:
    return {sku: NodeLevel(sku=sku, available=count) for sku, count in units.items()}


def read(
    store: Store,
    told: dict[str, NodeLevel],
    at: datetime,
    how: StockReading = BY_HAND,
    *,
    master: bool = False,
) -> StockRead:
    return store.counts.record_reading("east", told, at, how, is_master=master)


def dispatched(store: Store, quantity: int) -> None:
    """An order of the SKU PAN that the node has accepted."""
    order = shop.order(1001, shop.line("1", "PAN", quantity))
    store.orders.record(shop.reading(order), "event")
    store.ledger.reserve(order, "own")
    store.ledger.decide(shop.decision(order.key, shop.START, shop.planned(1, "east", ("1", "PAN", quantity))))
    shipment = store.shipments.begin_dispatch(order.key, 1)
    store.shipments.dispatched(order.key, 1, NodeShipment(dispatch_id=shipment.dispatch_id, state=NodeState.ACCEPTED))


def shipped(store: Store, quantity: int) -> None:
    store.ledger.ship(shop.key(), 1, shop.package("P1", ("1", "PAN", quantity)))


def open_one(store: Store) -> CountProposal:
    (proposal,) = store.counts.proposals()
    return proposal


def test_a_difference_is_proposed_and_counted_when_a_person_accepts_it(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    asked = clock.advance(hours=1)
    assert read(store, lies_there(PAN=7), asked) == StockRead(skus=1, proposed=1)
    assert levels(store, "PAN") == (10, 0, 0)
    proposal = open_one(store)
    assert (proposal.expected, proposal.said, proposal.difference) == (10, 7, -3)
    clock.advance(minutes=5)
    (receipt,) = store.counts.accept([proposal.proposal_id], "ana", "recounted")
    assert (receipt.before, receipt.after) == (10, 7)
    last = store.ledger.history("PAN")[0]
    assert (last.kind, last.delta, last.by) == (MovementKind.COUNT, -3, "ana")
    assert "recounted" in last.why
    (decided,) = store.counts.proposals(open_only=False)
    assert (decided.state, decided.decided_by, decided.why) == (ProposalState.ACCEPTED, "ana", "recounted")
    assert_balanced(store)


def test_a_small_difference_is_counted_by_itself(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10, POT=100)
    asked = clock.advance(hours=1)
    how = StockReading(accept_units=2, accept_percent=0.05)
    assert read(store, lies_there(PAN=13, POT=95), asked, how) == StockRead(skus=2, moved=1, proposed=1)
    assert (levels(store, "POT"), levels(store, "PAN")) == ((95, 0, 0), (10, 0, 0))
    assert store.ledger.history("POT")[0].by == "node:east"
    assert_balanced(store)


def test_what_was_received_or_shipped_after_the_question_is_not_counted_twice(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    dispatched(store, 4)
    asked = clock.advance(hours=1)
    clock.advance(seconds=5)
    store.ledger.receive(StockReceipt(sku="PAN", node="east", quantity=20), "ana", "PO 1")
    shipped(store, 4)
    assert read(store, lies_there(PAN=11), asked, SMALL) == StockRead(skus=1, moved=1)
    assert levels(store, "PAN") == (27, 0, 0), "10 and the one that was found, 20 came, 4 left"
    assert_balanced(store)


def test_a_parcel_that_left_and_was_not_reported_yet_is_no_difference(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    dispatched(store, 4)
    assert read(store, lies_there(PAN=6), clock.advance(hours=1), SMALL) == StockRead(skus=1)
    clock.advance(hours=1)
    shipped(store, 4)
    assert levels(store, "PAN") == (6, 0, 0)
    assert read(store, lies_there(PAN=6), clock.advance(hours=1), SMALL) == StockRead(skus=1)
    assert_balanced(store)


def test_free_units_are_compared_without_what_the_node_has_promised_us(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    dispatched(store, 4)
    assert read(store, is_free(PAN=6), clock.advance(hours=1)) == StockRead(skus=1)
    assert read(store, is_free(PAN=5), clock.advance(hours=1), SMALL) == StockRead(skus=1, moved=1)
    assert levels(store, "PAN") == (9, 4, 0)
    shipped(store, 4)
    assert read(store, is_free(PAN=5), clock.advance(hours=1)) == StockRead(skus=1)
    assert levels(store, "PAN") == (5, 0, 0)
    assert_balanced(store)


def test_a_later_reading_replaces_what_nobody_decided_and_an_older_one_changes_nothing(
    store: Store, clock: Clock
) -> None:
    stocked(store, PAN=10)
    first, second = clock.advance(hours=1), clock.advance(hours=1)
    read(store, lies_there(PAN=3), second)
    assert read(store, lies_there(PAN=4), first) == StockRead(skus=0)
    assert open_one(store).said == 3
    read(store, lies_there(PAN=10), clock.advance(hours=1))
    assert store.counts.proposals() == []


def test_a_proposal_is_overtaken_by_a_count_and_rejected_ones_are_not_proposed_again(
    store: Store, clock: Clock
) -> None:
    stocked(store, PAN=10)
    read(store, lies_there(PAN=3), clock.advance(hours=1))
    clock.advance(minutes=1)
    store.ledger.receive(StockReceipt(sku="PAN", node="east", quantity=1), "bob", "PO 2")
    with pytest.raises(InputInvalid, match="received by bob after this reading"):
        store.counts.accept([open_one(store).proposal_id], "ana", "why not")
    store.counts.reject([open_one(store).proposal_id], "ana", "they miscounted")
    with pytest.raises(InputInvalid, match="rejected already by ana"):
        store.counts.accept([store.counts.proposals(open_only=False)[0].proposal_id], "ana", "again")
    assert read(store, lies_there(PAN=4), clock.advance(hours=1)).proposed == 0, "the same seven are missing"
    assert read(store, lies_there(PAN=5), clock.advance(hours=1)).proposed == 1
    with pytest.raises(InputInvalid, match="is no proposal"):
        store.counts.accept([10**6], "ana", "none")
    assert levels(store, "PAN") == (11, 0, 0)


def test_an_answer_that_leaves_out_what_we_have_changes_nothing_unless_that_means_none(
    store: Store, clock: Clock
) -> None:
    stocked(store, PAN=10, POT=5)
    with pytest.raises(StockUnreadable, match="it says nothing of PAN"):
        read(store, lies_there(POT=9), clock.advance(hours=1), StockReading(accept_units=99))
    assert levels(store, "POT") == (5, 0, 0)
    gone = StockReading(accept_units=99, left_out="zero")
    assert read(store, lies_there(POT=9), clock.advance(hours=1), gone).moved == 2
    assert (levels(store, "PAN"), levels(store, "POT")) == ((0, 0, 0), (9, 0, 0))


def test_a_node_that_keeps_the_count_is_followed_less_what_we_shipped_since(store: Store, clock: Clock) -> None:
    stocked(store)
    told = read(store, is_free(PAN=10, POT=0, NOBODYS=3), clock.advance(hours=1), master=True)
    assert told == StockRead(skus=2, moved=1, unknown=("NOBODYS",))
    assert store.ledger.history("PAN")[0].kind is MovementKind.OBSERVED
    assert store.ledger.history("POT")[0].delta == 0, "none is a count too"
    dispatched(store, 4)
    asked = clock.advance(hours=1)
    clock.advance(seconds=3)
    shipped(store, 4)
    read(store, is_free(PAN=5, POT=0), asked, master=True)
    assert levels(store, "PAN") == (5, 0, 0), "sold one elsewhere, and our four left after it was asked"
    read(store, is_free(PAN=5, POT=0), clock.advance(hours=1), master=True)
    assert levels(store, "PAN") == (5, 0, 0)
    assert store.counts.proposals(open_only=False) == []
    assert_balanced(store)


def test_stock_that_the_master_lost_makes_a_shortage_and_what_it_found_serves_it(store: Store, clock: Clock) -> None:
    stocked(store)
    read(store, is_free(PAN=3), clock.advance(hours=1), master=True)
    order = shop.order(1002, shop.line("1", "PAN", 3))
    store.ledger.reserve(order, "own")
    read(store, is_free(PAN=1), clock.advance(hours=1), master=True)
    assert levels(store, "PAN") == (1, 1, 2)
    read(store, is_free(PAN=8), clock.advance(hours=1), master=True)
    assert levels(store, "PAN") == (8, 3, 0)
    assert_balanced(store)


def test_trouble_is_kept_with_its_beginning_until_a_reading_goes_well(store: Store, clock: Clock) -> None:
    stocked(store, PAN=1)
    began = clock.advance(hours=1)
    store.counts.reading_failed("east", "it is down")
    clock.advance(hours=1)
    store.counts.reading_failed("east", "it talks nonsense")
    (kept,) = store.counts.readings()
    assert (kept.trouble, kept.troubled_since, kept.read_at) == ("it talks nonsense", began, None)
    read(store, lies_there(PAN=1), clock.advance(hours=1))
    (well,) = store.counts.readings()
    assert (well.trouble, well.troubled_since, well.skus, well.read_at) == ("", None, 1, clock.now)


def test_a_count_that_a_person_makes_settles_what_the_node_says(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    read(store, lies_there(PAN=3), clock.advance(hours=1))
    clock.advance(minutes=1)
    store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=3), "ana", "counted")
    read(store, lies_there(PAN=3), clock.advance(hours=1))
    assert store.counts.proposals() == []
    assert levels(store, "PAN") == (3, 0, 0)

"""Shop orders out of Amazon's warehouses on the real stack: Multi-Channel Fulfillment from sale to confirmation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.orders import Component, OrderStatus
from orderloom.domain.stock import Listing, PoolLevel
from orderloom.sandbox.knobs import Knobs, NodeKnobs, OutboundKnobs
from orderloom.sandbox.wishes import FbaWish
from starter.stack import Stack
from starter.stack.programs import ROOT
from tests.e2e.kitchen import SELLER, SHOP, Kitchen, until

LISTING, SELLER_SKU = "PAN-FROM-AMAZON", "AMZ-PAN"
THERE = 40
EVERYTHING_TO_AMAZON = """
rules:
  - name: Everything to Amazon's warehouses where they may ship it
    when: "true"
    send_to: [fba]
"""


def configured(folder: Path) -> Path:
    """The default shop, with one listing that sells what lies at Amazon, and a rule that sends it everything."""
    text = (ROOT / "config" / "orderloom.yaml").read_text(encoding="utf-8")
    text = text.replace("    shop: copper-oak", f"    pools: {{{LISTING}: fba}}\n    shop: copper-oak")
    text = text.replace(
        "    # multi_channel: {account: kitchen_us}",
        "    multi_channel: {account: kitchen_us}\n    parcels_every: PT0.5S",
    )
    text = text.replace("\nrules:\n", EVERYTHING_TO_AMAZON) + "\nlistings: {fba_every: PT1S}\n"
    path = folder / "orderloom.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kitchen]:
    home: Path = tmp_path_factory.mktemp("stack")
    with (
        Stack(home, speed=120.0, pick_seconds=0.3, config=configured(home)) as stack,
        Kitchen.open(stack) as kitchen,
    ):
        yield kitchen


def at_amazon(kitchen: Kitchen) -> PoolLevel:
    found = [level for level in kitchen.store.ledger.show("PAN") if level.pool == "fba"]
    return found[0] if found else PoolLevel(sku="PAN", pool="fba", on_hand=0, reserved=0, short=0)


def test_a_shop_order_leaves_amazon_s_warehouse_once_and_an_amazon_order_never_does(kitchen: Kitchen) -> None:
    listing = Listing(channel=Channel.SHOPIFY, account=SHOP, listing=LISTING, components=(Component(sku="PAN"),))
    kitchen.store.catalog.import_listings([listing])
    kitchen.control.set_fba_stock(SELLER, FbaWish(sku=SELLER_SKU, fulfillable=THERE))
    until(lambda: at_amazon(kitchen).on_hand == THERE, "Amazon's stock is read")
    kitchen.control.set_knobs(
        Knobs(
            outbound=OutboundKnobs(packages=2, pick_seconds=1.0),
            nodes={"own_warehouse": NodeKnobs(delivered_after_seconds=0.1)},
        )
    )
    from_amazon = kitchen.sell_on_shopify(LISTING, 3)
    of_amazon = kitchen.sell_on_amazon("PAN", 2)
    story = kitchen.wait_for(from_amazon, OrderStatus.COMPLETED)
    assert [(shipment.node, shipment.attempt) for shipment in story.shipments] == [("fba", 1)]
    assert story.decision is not None
    assert story.decision.inputs is not None
    assert {quote.node for quote in story.decision.inputs.quotes} == {"fba"}, "asked before it was decided"
    confirmations = kitchen.control.truth().confirmations_of(from_amazon.order_id)
    assert [c.creations for c in confirmations] == [1, 1]
    assert kitchen.control.truth().dispatches_of(story.record.order.name) == (), "no warehouse of ours shipped it"
    until(lambda: at_amazon(kitchen).on_hand == THERE - 3, "Amazon's stock is counted out once")
    assert (at_amazon(kitchen).reserved, at_amazon(kitchen).short) == (0, 0)

    other = kitchen.wait_for(of_amazon, OrderStatus.COMPLETED)
    assert [shipment.node for shipment in other.shipments] == ["own_warehouse"]
    assert other.decision is not None
    assert other.decision.inputs is not None
    assert other.decision.inputs.quotes == (), "Amazon is never asked about its own orders"
    (first, *_) = other.decision.trace
    assert [verdict.reason for verdict in first.nodes] == ["ships only what Amazon fulfils itself (AFN)"]
    until(
        lambda: [entry for entry in kitchen.story(of_amazon).timeline if entry.what == "delivered"],
        "the warehouse tells that it was delivered",
    )
    packages_arrive_under_their_last_label(kitchen, from_amazon)
    assert kitchen.store.ledger.verify().violations == ()


def packages_arrive_under_their_last_label(kitchen: Kitchen, sold: OrderKey) -> None:
    """Long after the order was complete: Amazon calls nobody, so its node is asked."""
    (shipment,) = kitchen.story(sold).shipments
    kitchen.control.relabel_at_amazon(SELLER, shipment.dispatch_id)
    until(
        lambda: all(entry.told_label == 1 for entry in kitchen.story(sold).packages),
        "the shop knows the last tracking numbers",
    )
    kitchen.control.arrive_from_amazon(SELLER, shipment.dispatch_id)
    until(lambda: all(entry.delivered_at for entry in kitchen.story(sold).packages), "both packages have arrived")
    story, told = kitchen.story(sold), kitchen.control.truth().confirmations_of(sold.order_id)
    tracking = [entry.package.tracking_number for entry in story.packages]
    assert len(set(tracking)) == 2
    assert sorted(c.tracking_number for c in told) == sorted(tracking)
    assert [c.creations for c in told] == [1, 1], "no second shipment"

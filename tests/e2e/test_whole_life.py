"""An order's whole life on both channels, and everything that `orders show` tells of it."""

import json
import subprocess
import sys

from orderloom.domain.keys import Channel
from orderloom.domain.orders import Component, HoldReason, OrderStatus
from orderloom.domain.records import OrderStory
from orderloom.domain.stock import Listing
from tests.e2e.kitchen import SHOP, Kitchen, until


def cli(kitchen: Kitchen, *arguments: str) -> str:
    command = [sys.executable, "-m", "starter.cli.app", *arguments, "--state-dir", str(kitchen.stack.state_dir)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_shipped_once(kitchen: Kitchen, story: OrderStory, node: str) -> None:
    """The sandbox, not we, says that one node shipped it once and the channel was told that tracking number once."""
    truth = kitchen.control.truth()
    order = story.record.order
    dispatches = truth.dispatches_of(order.name)
    assert [dispatch.node for dispatch in dispatches] == [node]
    confirmations = truth.confirmations_of(order.key.order_id)
    assert [c.tracking_number for c in confirmations] == list(dispatches[0].tracking_numbers)
    assert [c.creations for c in confirmations] == [1]
    assert truth.order(order.key.order_id).status in ("SHIPPED", "FULFILLED")


def test_a_light_shopify_order_goes_from_the_own_warehouse_to_its_buyer(kitchen: Kitchen) -> None:
    key = kitchen.sell_on_shopify("PAN", with_note=True)
    story = kitchen.wait_for(key, OrderStatus.COMPLETED)
    assert_shipped_once(kitchen, story, "own_warehouse")


def test_a_heavy_shopify_order_goes_from_the_3pl(kitchen: Kitchen) -> None:
    story = kitchen.wait_for(kitchen.sell_on_shopify("POT"), OrderStatus.COMPLETED)
    assert_shipped_once(kitchen, story, "harbor_3pl")


def test_a_merchant_order_of_amazon_is_swept_shipped_and_confirmed(kitchen: Kitchen) -> None:
    story = kitchen.wait_for(kitchen.sell_on_amazon("PAN", 2), OrderStatus.COMPLETED)
    assert_shipped_once(kitchen, story, "own_warehouse")


def test_an_order_that_amazon_fulfils_is_observed_and_never_dispatched(kitchen: Kitchen) -> None:
    key = kitchen.sell_on_amazon("PAN", fulfilled_by="amazon", prime=True)
    story = kitchen.wait_for(key, OrderStatus.OBSERVED)
    assert story.record.nodes == ("fba",)
    assert story.decision is not None
    assert story.decision.observed
    assert kitchen.control.truth().dispatches_of(story.record.order.name) == ()


def test_a_pending_amazon_order_reserves_and_ships_only_when_it_is_released(kitchen: Kitchen) -> None:
    key = kitchen.sell_on_amazon("LID", pending=True)
    waiting = kitchen.wait_for(key, OrderStatus.WAITING)
    until(lambda: kitchen.story(key).reservation, "the pending order has its stock")
    assert not waiting.shipments
    kitchen.control.release_pending("kitchen_us", (key.order_id,))
    assert_shipped_once(kitchen, kitchen.wait_for(key, OrderStatus.COMPLETED), "own_warehouse")


def test_an_unmapped_sku_holds_the_order_and_mapping_it_lets_it_go_on_by_itself(kitchen: Kitchen) -> None:
    key = kitchen.sell_on_shopify("GARLIC-PRESS")
    held = kitchen.wait_for(key, OrderStatus.HELD)
    assert held.record.hold is not None
    assert held.record.hold.reason is HoldReason.SKU_UNMAPPED
    assert "GARLIC-PRESS" in cli(kitchen, "skus", "unmapped", "--json")
    listing = Listing(channel=Channel.SHOPIFY, account=SHOP, listing="GARLIC-PRESS", components=(Component(sku="LID"),))
    kitchen.store.catalog.import_listings([listing])
    assert_shipped_once(kitchen, kitchen.wait_for(key, OrderStatus.COMPLETED), "own_warehouse")


def test_a_bundle_leaves_as_its_components_and_is_confirmed_as_what_was_sold(kitchen: Kitchen) -> None:
    story = kitchen.wait_for(kitchen.sell_on_shopify("SET", 2), OrderStatus.COMPLETED)
    shipped = {line.sku: line.quantity for line in story.packages[0].package.lines}
    assert shipped == {"PAN": 2, "LID": 2}
    (confirmation,) = kitchen.control.truth().confirmations_of(story.record.order.key.order_id)
    assert [line.quantity for line in confirmation.lines] == [2]


def test_a_buyer_who_cancels_before_dispatch_gets_nothing_and_the_stock_is_free_again(kitchen: Kitchen) -> None:
    key = kitchen.sell_on_shopify("NOT-MAPPED-YET")
    kitchen.wait_for(key, OrderStatus.HELD)
    assert kitchen.control.cancel_shopify_order(SHOP, key.order_id)
    story = kitchen.wait_for(key, OrderStatus.CANCELLED)
    assert not story.shipments
    assert sum(line.reserved for line in story.reservation) == 0


def test_orders_show_tells_the_whole_story_without_a_person_in_it(kitchen: Kitchen) -> None:
    key = kitchen.sell_on_shopify("PAN", with_note=True)
    kitchen.wait_for(key, OrderStatus.COMPLETED)
    text = cli(kitchen, "orders", "show", str(key), "--json")
    OrderStory.model_validate_json(text)
    told = json.loads(text)
    assert told["decision"]["rule"] == "Shopify up to 5 lb from the own warehouse"
    assert [verdict["rule"] for verdict in told["decision"]["trace"]]
    assert told["packages"][0]["confirmed_at"]
    steps = [entry["what"] for entry in told["timeline"]]
    for step in ("reserved", "routed", "dispatched", "shipped", "confirmed"):
        assert step in steps
    for datum in kitchen.control.truth().personal:
        assert datum.value not in text, f"a {datum.kind} is in orders show"


def test_the_ledger_is_balanced_after_all_of_it(kitchen: Kitchen) -> None:
    assert kitchen.store.ledger.verify().violations == ()
    assert kitchen.store.ledger.oversold_units() == 0

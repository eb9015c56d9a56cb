"""Our own adapters against the sandbox over real HTTP: they read, dispatch and confirm, and survive lost answers."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from orderloom.channels.amazon import AmazonChannel, AmazonCredentials
from orderloom.channels.shopify import ClientCredentials, ShopifyChannel, ShopifyWebhooks
from orderloom.domain.errors import OutcomeUnknown, Rejected, Throttled
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.merchant import AmazonAccount, ShopifyAccount
from orderloom.domain.orders import ChannelState, Order, PersonalData, Story
from orderloom.domain.shipments import (
    Confirmation,
    ConfirmedLine,
    DispatchRequest,
    NodeState,
    Package,
    ShipmentEventKind,
    ShipmentLine,
    TrackingCorrection,
)
from orderloom.fulfillment import HttpNode, NodeCallbackReader
from orderloom.sandbox.knobs import Faults, Knobs
from tests.sandbox.world import KITCHEN, MARKETPLACE, NODES, NOON, SELLER, SHOP, Receiver, World, order

LIVE = datetime(2026, 11, 1, tzinfo=UTC)
AMAZON = AmazonAccount(
    channel=Channel.AMAZON, account=SELLER.account, seller_id=SELLER.seller_id, marketplaces=(MARKETPLACE,)
)
SHOPIFY = ShopifyAccount(channel=Channel.SHOPIFY, account=KITCHEN.account, shop=SHOP)


@pytest.fixture
def amazon(world: World) -> Iterator[AmazonChannel]:
    credentials = AmazonCredentials(SELLER.client_id, SELLER.client_secret, SELLER.refresh_token)
    url = world.sandbox.url
    channel = AmazonChannel(AMAZON, credentials, endpoint=url, token_url=f"{url}/auth/o2/token", timeout=5.0)
    with closing(channel):
        yield channel


@pytest.fixture
def shopify(world: World) -> Iterator[ShopifyChannel]:
    endpoint = f"{world.sandbox.url}/shopify"
    tokens = ClientCredentials(SHOP, KITCHEN.client_id, KITCHEN.client_secret, endpoint=endpoint)
    with (
        closing(tokens),
        closing(ShopifyChannel(SHOPIFY, tokens, api_version="2026-10", endpoint=endpoint, timeout=5.0)) as channel,
    ):
        yield channel


@pytest.fixture
def node(world: World) -> Iterator[HttpNode]:
    url = f"{world.sandbox.url}/nodes/{NODES[0].node}"
    with closing(HttpNode(NODES[0].node, url, NODES[0].token, timeout=5.0)) as node:
        yield node


def _confirmation(sold: Order, quantity: int, number: int = 1) -> Confirmation:
    line = sold.lines[0]
    shipped = (ShipmentLine(line_id=line.line_id, sku="PAN-28", quantity=quantity),)
    package = Package(package_id="P1", carrier="UPS", tracking_number=f"1Z{number}", shipped_at=NOON, lines=shipped)
    lines = (ConfirmedLine(line_id=line.line_id, quantity=quantity),)
    return Confirmation(key=sold.key, number=number, package=package, lines=lines, marketplace=sold.marketplace)


def test_amazon_orders_are_swept_read_and_confirmed(world: World, amazon: AmazonChannel) -> None:
    order_id = world.control.place_amazon_order(AMAZON.account, order(quantity=2))
    world.clock.advance(120)
    page = amazon.changed_orders(NOON - timedelta(days=1), None)
    assert page.read_until == NOON
    reading = amazon.read(page.events[0].body, LIVE)
    sold = reading.order
    assert sold.key == OrderKey(channel=Channel.AMAZON, account=AMAZON.account, order_id=order_id)
    assert (sold.state, sold.story, sold.lines[0].quantity) == (ChannelState.OPEN, Story.SHIP, 2)
    assert reading.personal.has_address
    for number in (1, 2):
        amazon.confirm(_confirmation(sold, 1, number))
    done = amazon.read(amazon.fetch(order_id), LIVE).order
    assert (done.state, done.lines[0].fulfilled) == (ChannelState.FULFILLED, 2)


def test_an_amazon_package_takes_another_tracking_number_and_stays_one(world: World, amazon: AmazonChannel) -> None:
    order_id = world.control.place_amazon_order(AMAZON.account, order())
    sold = amazon.read(amazon.fetch(order_id), LIVE).order
    told = _confirmation(sold, 1)
    reference = amazon.confirm(told).reference
    package = told.package.model_copy(update={"tracking_number": "1Z9"})
    correction = TrackingCorrection(confirmation=told.model_copy(update={"package": package}), reference=reference)
    for _ in range(2):
        amazon.correct_tracking(correction)
    (confirmed,) = world.control.truth().confirmations
    assert (confirmed.creations, confirmed.tracking_number) == (1, "1Z9")


def test_an_amazon_confirmation_whose_answer_was_lost_is_made_once(world: World, amazon: AmazonChannel) -> None:
    order_id = world.control.place_amazon_order(AMAZON.account, order())
    sold = amazon.read(amazon.fetch(order_id), LIVE).order
    world.control.set_knobs(Knobs(faults={"amazon.confirmShipment": Faults(lost_answer_rate=1.0)}))
    with pytest.raises(OutcomeUnknown):
        amazon.confirm(_confirmation(sold, 1))
    world.control.set_knobs(Knobs())
    amazon.confirm(_confirmation(sold, 1))
    (confirmation,) = world.control.truth().confirmations
    assert (confirmation.creations, confirmation.tracking_number) == (1, "1Z1")


def test_amazon_s_limit_is_met_as_throttled(world: World, amazon: AmazonChannel) -> None:
    world.control.set_knobs(Knobs(faults={"amazon.searchOrders": Faults(throttle_rate=1.0)}))
    with pytest.raises(Throttled):
        amazon.changed_orders(LIVE, None)


def test_shopify_s_webhook_and_reading_again_tell_the_same_order(
    world: World, shopify: ShopifyChannel, receiver: Receiver
) -> None:
    order_id = world.control.place_shopify_order(SHOPIFY.account, order(quantity=2, with_note=True, tags=("vip",)))
    webhook = receiver.wait(1)[0]
    event = ShopifyWebhooks(SHOPIFY, (KITCHEN.webhook_secret,)).to_event(webhook.body, webhook.headers)
    assert event.order_key == OrderKey(channel=Channel.SHOPIFY, account=SHOPIFY.account, order_id=order_id)
    told = shopify.read(event.body, LIVE)
    again = shopify.read(shopify.fetch(order_id), LIVE)
    assert told.order.story is Story.SHIP
    assert told.order.lines == again.order.lines
    assert told.personal == again.personal


def test_a_shopify_confirmation_whose_answer_was_lost_is_made_once(world: World, shopify: ShopifyChannel) -> None:
    order_id = world.control.place_shopify_order(SHOPIFY.account, order(quantity=2))
    sold = shopify.read(shopify.fetch(order_id), LIVE).order
    world.control.set_knobs(Knobs(faults={"shopify.fulfillmentCreate": Faults(lost_answer_rate=1.0)}))
    with pytest.raises(OutcomeUnknown):
        shopify.confirm(_confirmation(sold, 1))
    world.control.set_knobs(Knobs())
    assert shopify.confirm(_confirmation(sold, 1)).already_there
    shopify.confirm(_confirmation(sold, 1, 2))
    truth = world.control.truth()
    assert [c.tracking_number for c in truth.confirmations] == ["1Z1", "1Z2"]
    assert (truth.duplicate_confirmations, truth.order(order_id).status) == (0, "FULFILLED")


def _request(dispatch_id: str) -> DispatchRequest:
    return DispatchRequest(
        dispatch_id=dispatch_id,
        node=NODES[0].node,
        order_name="#1001",
        lines=(ShipmentLine(line_id="1", sku="PAN-28", quantity=2),),
        recipient=PersonalData(name="Ottoline Quibblewick", address_lines=("1 Marzipan Wharf",), country="US"),
    )


def test_a_node_is_asked_once_and_its_callbacks_are_read(world: World, node: HttpNode, receiver: Receiver) -> None:
    world.control.set_knobs(Knobs(faults={f"{NODES[0].node}.dispatch": Faults(lost_answer_rate=1.0)}))
    assert node.find("d-1") is None
    with pytest.raises(OutcomeUnknown):
        node.dispatch(_request("d-1"))
    found = node.find("d-1")
    assert found is not None
    assert found.state in (NodeState.ACCEPTED, NodeState.SHIPPED)
    secrets = (NODES[0].callback_secret,)
    reader = NodeCallbackReader(NODES[0].node, secrets)
    events = [reader.read(callback.body) for callback in receiver.wait(2)]
    assert [event.kind for event in events] == [ShipmentEventKind.ACCEPTED, ShipmentEventKind.SHIPPED]
    assert events[1].package == node.dispatch(_request("d-1")).packages[0]
    assert world.control.truth().accepted_dispatches == 1


def test_a_node_s_refusal_is_a_rejection(world: World, node: HttpNode) -> None:
    knobs = Knobs.model_validate({"nodes": {NODES[0].node: {"refuse": "out_of_stock"}}})
    world.control.set_knobs(knobs)
    with pytest.raises(Rejected) as refused:
        node.dispatch(_request("d-1"))
    assert refused.value.code == "out_of_stock"

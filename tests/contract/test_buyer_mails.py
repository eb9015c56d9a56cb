"""What a buyer is sent: one mail for a package however often it is confirmed, none for a corrected number unasked."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import pytest

from orderloom.channels.amazon import AmazonChannel
from orderloom.channels.shopify import ClientCredentials, ShopifyChannel
from orderloom.domain.cancellations import Cancellation, CancelReason
from orderloom.domain.errors import OutcomeUnknown, Unavailable
from orderloom.domain.ports import SalesChannel
from orderloom.domain.shipments import Confirmation, TrackingCorrection
from orderloom.sandbox.knobs import Faults, Knobs
from tests.contract.test_our_clients import AMAZON, LIVE, SHOPIFY, _confirmation, amazon
from tests.sandbox.world import KITCHEN, SHOP, World, order

Shop = Callable[..., ShopifyChannel]
LOST = Faults(lost_answer_rate=1.0)
AWAY = Faults(error_rate=1.0)
__all__ = ["amazon"]


@pytest.fixture
def shop(world: World) -> Iterator[Shop]:
    """The shop's channel, with these wishes of its merchant."""
    endpoint = f"{world.sandbox.url}/shopify"
    with ExitStack() as open_ones:

        def build(**wishes: bool) -> ShopifyChannel:
            tokens = ClientCredentials(SHOP, KITCHEN.client_id, KITCHEN.client_secret, endpoint=endpoint)
            account = SHOPIFY.model_copy(update=wishes)
            channel = ShopifyChannel(account, tokens, api_version="2026-10", endpoint=endpoint, timeout=5.0)
            open_ones.callback(tokens.close)
            open_ones.callback(channel.close)
            return channel

        yield build


def mails(world: World, order_id: str) -> list[tuple[str, str]]:
    truth = world.control.truth()
    assert truth.repeated_mails == 0
    return [(mail.kind, mail.tracking_number) for mail in truth.mails_to_buyer(order_id)]


def confirm_in_bad_weather(world: World, channel: SalesChannel, told: Confirmation, operation: str) -> str:
    """The answer is lost, the channel is away, then it is told again and again; the receipt's reference."""
    world.control.set_knobs(Knobs(faults={operation: LOST}))
    with pytest.raises(OutcomeUnknown):
        channel.confirm(told)
    world.control.set_knobs(Knobs(faults={operation: AWAY}))
    with suppress(Unavailable, OutcomeUnknown):
        channel.confirm(told)
    world.control.set_knobs(Knobs())
    return [channel.confirm(told).reference for _ in range(2)][-1]


def corrected(told: Confirmation, reference: str, number: str = "1Z-CORRECTED") -> TrackingCorrection:
    package = told.package.model_copy(update={"tracking_number": number})
    return TrackingCorrection(confirmation=told.model_copy(update={"package": package}), reference=reference)


def test_shopify_writes_once_for_each_package_however_often_it_is_confirmed(world: World, shop: Shop) -> None:
    channel = shop(notify_customer=True)
    order_id = world.control.place_shopify_order(SHOPIFY.account, order(quantity=2))
    sold = channel.read(channel.fetch(order_id), LIVE).order
    for number in (1, 2):
        confirm_in_bad_weather(world, channel, _confirmation(sold, 1, number), "shopify.fulfillmentCreate")
    assert mails(world, order_id) == [("shipped", "1Z1"), ("shipped", "1Z2")]


@pytest.mark.parametrize("asks", [False, True])
def test_a_corrected_number_is_written_of_only_where_the_merchant_asks_and_then_once(
    world: World, shop: Shop, *, asks: bool
) -> None:
    channel = shop(notify_customer=True, notify_corrections=asks)
    order_id = world.control.place_shopify_order(SHOPIFY.account, order())
    told = _confirmation(channel.read(channel.fetch(order_id), LIVE).order, 1)
    correction = corrected(told, channel.confirm(told).reference)
    world.control.set_knobs(Knobs(faults={"shopify.fulfillmentTrackingInfoUpdate": LOST}))
    with pytest.raises(OutcomeUnknown):
        channel.correct_tracking(correction)
    world.control.set_knobs(Knobs())
    for _ in range(3):
        channel.correct_tracking(correction)
    assert mails(world, order_id) == [("shipped", "1Z1"), *([("tracking", "1Z-CORRECTED")] if asks else [])]


def test_nobody_is_written_to_by_default_and_never_of_a_cancellation(world: World, shop: Shop) -> None:
    channel = shop()
    shipped, cancelled = (world.control.place_shopify_order(SHOPIFY.account, order()) for _ in range(2))
    channel.confirm(_confirmation(channel.read(channel.fetch(shipped), LIVE).order, 1))
    key = channel.read(channel.fetch(cancelled), LIVE).order.key
    channel.cancel(Cancellation(key=key, reason=CancelReason.BUYER))
    assert world.control.truth().order(cancelled).status == "CANCELLED"
    assert mails(world, shipped) == mails(world, cancelled) == []


def test_amazon_writes_once_for_each_package_and_not_of_its_corrected_number(
    world: World, amazon: AmazonChannel
) -> None:
    order_id = world.control.place_amazon_order(AMAZON.account, order(quantity=2))
    sold = amazon.read(amazon.fetch(order_id), LIVE).order
    first = _confirmation(sold, 1)
    reference = confirm_in_bad_weather(world, amazon, first, "amazon.confirmShipment")
    amazon.correct_tracking(corrected(first, reference))
    confirm_in_bad_weather(world, amazon, _confirmation(sold, 1, 2), "amazon.confirmShipment")
    assert mails(world, order_id) == [("shipped", "1Z1"), ("shipped", "1Z2")]

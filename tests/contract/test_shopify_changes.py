"""Our Shopify adapter and the sandbox over real HTTP, in what comes after a sale."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from orderloom.channels.shopify import FixedToken, ShopifyChannel, ShopifyWebhooks, cancelling
from orderloom.domain.assigned import moved
from orderloom.domain.cancellations import Cancellation, CancelOutcome, CancelReason
from orderloom.domain.errors import OutcomeUnknown, Rejected, Unavailable
from orderloom.domain.events import MOVED, EventState
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.merchant import ShopifyAccount
from orderloom.domain.orders import ChannelState, Order
from orderloom.domain.shipments import Confirmation, ConfirmedLine, Package, ShipmentLine, TrackingCorrection
from orderloom.sandbox.config import LocationConfig
from orderloom.sandbox.knobs import Faults, Knobs
from orderloom.sandbox.order_wishes import (
    CancellationTalk,
    EditWish,
    HoldWish,
    PayWish,
    ReceiveWish,
    RefundWish,
    RequestWish,
    ReturnWish,
)
from orderloom.sandbox.wishes import PutListing
from tests.sandbox.world import CONFIG, KITCHEN, NOON, SHOP, Receiver, World, order, running_receiver, running_world
from tests.starter.servers import until

LIVE = datetime(2026, 11, 1, tzinfo=UTC)
ACCOUNT = ShopifyAccount(channel=Channel.SHOPIFY, account=KITCHEN.account, shop=SHOP)
PAN = "PAN-28"


@pytest.fixture
def shopify(world: World) -> Iterator[ShopifyChannel]:
    with closing(_channel(world)) as channel:
        yield channel


def _channel(world: World) -> ShopifyChannel:
    endpoint, token = f"{world.sandbox.url}/shopify", FixedToken(KITCHEN.access_token)
    return ShopifyChannel(ACCOUNT, token, api_version="2026-10", endpoint=endpoint, timeout=5.0)


def _place(world: World, quantity: int = 3, **more: Any) -> str:
    return world.control.place_shopify_order(ACCOUNT.account, order(quantity=quantity, **more))


def _read(shopify: ShopifyChannel, order_id: str) -> Order:
    return shopify.read(shopify.fetch(order_id), LIVE).order


def _units(order: Order) -> tuple[int, int, int]:
    line = order.lines[0]
    return line.quantity, line.fulfilled, line.open_quantity


def _ship(shopify: ShopifyChannel, order_id: str, units: int, tracking: str = "1Z1") -> TrackingCorrection:
    """Confirm a package; what is answered is what corrects it."""
    sold = _read(shopify, order_id)
    line_id = sold.lines[0].line_id
    package = Package(
        package_id="P1",
        carrier="UPS",
        tracking_number=tracking,
        shipped_at=NOON,
        lines=(ShipmentLine(line_id=line_id, sku=PAN, quantity=units),),
    )
    lines = (ConfirmedLine(line_id=line_id, quantity=units),)
    confirmation = Confirmation(key=sold.key, number=1, package=package, lines=lines)
    return TrackingCorrection(confirmation=confirmation, reference=shopify.confirm(confirmation).reference)


def _numbered(correction: TrackingCorrection, tracking: str) -> TrackingCorrection:
    package = correction.confirmation.package.model_copy(update={"tracking_number": tracking, "carrier": "DPD"})
    confirmation = correction.confirmation.model_copy(update={"package": package})
    return correction.model_copy(update={"confirmation": confirmation})


def test_an_edit_and_a_refund_before_fulfilment_are_other_quantities_and_nothing_came_back(
    world: World, shopify: ShopifyChannel
) -> None:
    order_id = _place(world)
    shop = world.control.shop(ACCOUNT.account)
    shop.edit(order_id, EditWish(quantities={PAN: 4}))
    assert _units(_read(shopify, order_id)) == (4, 0, 4)
    shop.refund(order_id, RefundWish(units={PAN: 1}, restock="cancel"))
    shop.refund(order_id, RefundWish(units={PAN: 1}, restock="no_restock"))
    sold = _read(shopify, order_id)
    assert _units(sold) == (2, 0, 2)
    assert sold.came_back == ()
    assert sold.payment == "partially_refunded"


def test_what_left_stays_with_the_buyer_s_units_and_what_came_back_is_told_apart(
    world: World, shopify: ShopifyChannel
) -> None:
    order_id = _place(world)
    _ship(shopify, order_id, 2)
    refund = world.control.shop(ACCOUNT.account).refund(order_id, RefundWish(units={PAN: 1}, restock="return"))
    sold = _read(shopify, order_id)
    assert _units(sold) == (3, 2, 1)
    (back,) = sold.came_back
    assert back.change_id.startswith(f"refund:{refund}:")
    assert (back.line_id, back.quantity, back.restocked_by_channel) == (sold.lines[0].line_id, 1, True)


def test_the_goods_of_a_return_are_seen_once_though_its_refund_names_them_again(
    world: World, shopify: ShopifyChannel
) -> None:
    order_id = _place(world)
    _ship(shopify, order_id, 3)
    shop = world.control.shop(ACCOUNT.account)
    returned = shop.open_return(order_id, ReturnWish(units={PAN: 2}, reason="DEFECTIVE"))
    assert _read(shopify, order_id).came_back == ()
    shop.receive_return(order_id, returned, ReceiveWish(what="NOT_RESTOCKED", refund=False, close=False))
    (before,) = _read(shopify, order_id).came_back
    assert before.change_id.startswith(f"return:{returned}:")
    assert (before.quantity, before.reason, before.restocked_by_channel) == (2, "DEFECTIVE", False)
    shop.receive_return(order_id, returned, ReceiveWish(what="NOT_RESTOCKED", refund=True))
    sold = _read(shopify, order_id)
    assert sold.came_back == (before,)
    assert _units(sold) == (3, 3, 0)


def test_a_missing_return_brings_nothing_back(world: World, shopify: ShopifyChannel) -> None:
    order_id = _place(world, 1)
    _ship(shopify, order_id, 1)
    shop = world.control.shop(ACCOUNT.account)
    shop.receive_return(order_id, shop.open_return(order_id, ReturnWish(units={PAN: 1})), ReceiveWish(what="MISSING"))
    assert _read(shopify, order_id).came_back == ()


def test_a_hold_and_a_payment_are_read_and_a_webhook_knows_no_holds(
    world: World, shopify: ShopifyChannel, receiver: Receiver
) -> None:
    order_id = _place(world, financial_status="pending")
    shop = world.control.shop(ACCOUNT.account)
    shop.hold(order_id, HoldWish(reason="HIGH_RISK_OF_FRAUD", notes="call Zoe"))
    held = shopify.fetch(order_id)
    assert b"Zoe" not in held
    assert shopify.read(held, LIVE).order.on_hold == "HIGH_RISK_OF_FRAUD"
    shop.release(order_id)
    shop.pay(order_id, PayWish(status="paid"))
    sold = _read(shopify, order_id)
    assert (sold.on_hold, sold.payment) == ("", "paid")
    (told,) = receiver.wait(1, lambda webhook: webhook.headers["x-shopify-topic"] == "orders/paid")
    assert shopify.read(told.body, LIVE).order.on_hold is None


def test_a_fulfillment_order_s_webhook_is_about_the_order_that_shopify_names(
    world: World, shopify: ShopifyChannel, receiver: Receiver
) -> None:
    order_id = _place(world)
    world.control.shop(ACCOUNT.account).hold(order_id)
    topic = "fulfillment_orders/placed_on_hold"
    (told,) = receiver.wait(1, lambda webhook: webhook.headers["x-shopify-topic"] == topic)
    event = ShopifyWebhooks(ACCOUNT, (KITCHEN.webhook_secret,)).to_event(told.body, told.headers)
    assert event.order_key is None
    assert shopify.order_of(event.body) == order_id
    with pytest.raises(Rejected, match="FULFILLMENT_ORDER_UNKNOWN"):
        shopify.order_of(b'{"fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/1"}}')


REQUESTS: tuple[CancellationTalk, ...] = (
    "cancellation_request_submitted",
    "cancellation_request_accepted",
    "cancellation_request_rejected",
)


@pytest.mark.parametrize("what", [*REQUESTS, "cancelled"])
def test_a_cancellation_of_a_fulfillment_order_has_the_order_read_and_takes_nothing_off_it(
    world: World, shopify: ShopifyChannel, receiver: Receiver, what: CancellationTalk | Literal["cancelled"]
) -> None:
    order_id = _place(world)
    before = _read(shopify, order_id)
    shop = world.control.shop(ACCOUNT.account)
    if what == "cancelled":
        shop.cancel_fulfillment_orders(order_id)
    else:
        shop.request_cancellation(order_id, RequestWish(what=what))
    topic = f"fulfillment_orders/{what}"
    (told,) = receiver.wait(1, lambda webhook: webhook.headers["x-shopify-topic"] == topic)
    event = ShopifyWebhooks(ACCOUNT, (KITCHEN.webhook_secret,)).to_event(told.body, told.headers)
    assert (event.state, shopify.order_of(event.body)) == (EventState.STORED, order_id)
    after = _read(shopify, order_id)
    assert (after.state, _units(after)) == (ChannelState.OPEN, (3, 0, 3))
    (was,), (is_,) = before.assigned or (), moved(before.assigned or (), after.assigned or ())
    assert (is_.location, is_.units, is_.chosen) == (was.location, 3, False), "and it is no move"
    _ship(shopify, order_id, 3)
    (confirmed,) = world.control.truth().confirmations_of(order_id)
    assert confirmed.creations == 1


def test_a_move_is_told_by_its_event_and_shown_by_every_reading() -> None:
    places = (LocationConfig(name="Warehouse", id=1), LocationConfig(name="Annex", id=2))
    two_places = CONFIG.model_copy(update={"shopify": (KITCHEN.model_copy(update={"locations": places}),)})
    with running_world(two_places) as world, running_receiver() as receiver, closing(_channel(world)) as shopify:
        world.control.send_to(receiver.url)
        order_id = _place(world)
        (before,) = _read(shopify, order_id).assigned or ()
        assert (before.location, before.units, before.chosen) == ("1", 3, False)
        _ship(shopify, order_id, 1)
        world.control.shop(ACCOUNT.account).move(order_id, "Annex")
        (after,) = _read(shopify, order_id).assigned or ()
        assert (after.line_id, after.location, after.units) == (before.line_id, "2", 2)
        (told,) = receiver.wait(1, lambda webhook: webhook.headers["x-shopify-topic"] == MOVED)
        assert shopify.moved_part(told.body) == after.part
        assert [one.chosen for one in moved((before,), (after,))] == [True]


def _cancellation(order_id: str) -> Cancellation:
    key = OrderKey(channel=Channel.SHOPIFY, account=ACCOUNT.account, order_id=order_id)
    return Cancellation(key=key, reason=CancelReason.OUT_OF_STOCK)


def test_an_order_is_cancelled_once_and_shopify_restocks_nothing(world: World, shopify: ShopifyChannel) -> None:
    world.control.put_listing("shopify", ACCOUNT.account, PutListing(sku=PAN, quantity=10))
    world.control.set_knobs(Knobs(cancel_job_seconds=0))
    order_id = _place(world)
    assert shopify.cancel(_cancellation(order_id)).outcome is CancelOutcome.DONE
    assert shopify.cancel(_cancellation(order_id)).outcome is CancelOutcome.ALREADY
    assert _read(shopify, order_id).state is ChannelState.CANCELLED
    assert world.control.listing("shopify", ACCOUNT.account, PAN).quantity == 7


def test_a_cancellation_whose_job_is_not_done_at_once_is_waited_for(
    world: World, shopify: ShopifyChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.control.set_knobs(Knobs(cancel_job_seconds=0.5))
    order_id = _place(world)

    def until_it_is_done(seconds: float) -> None:
        until(lambda: _read(shopify, order_id).state is ChannelState.CANCELLED)

    monkeypatch.setattr(cancelling, "time", SimpleNamespace(sleep=until_it_is_done))
    assert shopify.cancel(_cancellation(order_id)).outcome is CancelOutcome.DONE


def test_a_cancellation_that_takes_long_or_whose_answer_was_lost_is_found_when_it_is_tried_again(
    world: World, shopify: ShopifyChannel
) -> None:
    world.control.set_knobs(Knobs(cancel_job_seconds=3600))
    with pytest.raises(Unavailable, match="still cancelling"):
        shopify.cancel(_cancellation(_place(world)))
    lost = {"shopify.orderCancel": Faults(lost_answer_rate=1.0)}
    world.control.set_knobs(Knobs(cancel_job_seconds=0, faults=lost))
    order_id = _place(world)
    with pytest.raises(OutcomeUnknown):
        shopify.cancel(_cancellation(order_id))
    world.control.set_knobs(Knobs(cancel_job_seconds=0))
    assert shopify.cancel(_cancellation(order_id)).outcome in (CancelOutcome.ALREADY, CancelOutcome.DONE)


def test_what_shopify_refuses_to_cancel_says_why(world: World, shopify: ShopifyChannel) -> None:
    order_id = _place(world)
    _ship(shopify, order_id, 1)
    with pytest.raises(Rejected, match="outstanding fulfillments"):
        shopify.cancel(_cancellation(order_id))
    by_line = _cancellation(order_id).model_copy(update={"lines": ("1",)})
    with pytest.raises(Rejected, match="BY_LINE"):
        shopify.cancel(by_line)


def test_a_tracking_number_is_corrected_in_place_and_only_once(world: World, shopify: ShopifyChannel) -> None:
    order_id = _place(world)
    correction = _numbered(_ship(shopify, order_id, 3), "D-77")
    assert not shopify.correct_tracking(correction).already_there
    assert shopify.correct_tracking(correction).already_there
    (confirmed,) = world.control.truth().confirmations_of(order_id)
    assert (confirmed.tracking_number, confirmed.carrier, confirmed.creations, confirmed.edits) == ("D-77", "DPD", 1, 1)


def test_a_lost_answer_to_a_correction_is_not_corrected_twice(world: World, shopify: ShopifyChannel) -> None:
    order_id = _place(world)
    correction = _numbered(_ship(shopify, order_id, 3), "D-77")
    lost = {"shopify.fulfillmentTrackingInfoUpdate": Faults(lost_answer_rate=1.0)}
    world.control.set_knobs(Knobs(faults=lost))
    with pytest.raises(OutcomeUnknown):
        shopify.correct_tracking(correction)
    world.control.set_knobs(Knobs())
    assert shopify.correct_tracking(correction).already_there
    unknown = correction.model_copy(update={"reference": "gid://shopify/Fulfillment/1"})
    with pytest.raises(Rejected, match="NO_FULFILLMENT"):
        shopify.correct_tracking(unknown)

"""An order that is not paid, or that its channel holds: reserved, not dispatched, and going on by itself."""

from datetime import timedelta

import pytest

from orderloom.domain.orders import OrderStatus
from orderloom.domain.waiting import DispatchWhen, waits_for
from tests.domain.orders import an_order
from tests.workflows.world import PLACED, World, line


@pytest.mark.parametrize(
    ("keeps", "frees", "card"),
    [
        ({"payment": "pending"}, {"payment": "paid"}, "its payment (it is pending)"),
        ({"on_hold": "HIGH_RISK_OF_FRAUD"}, {"on_hold": ""}, "its channel to release it"),
    ],
)
async def test_it_waits_with_its_stock_reserved_and_goes_on_by_itself(
    world: World, keeps: dict[str, object], frees: dict[str, object], card: str
) -> None:
    await world.arrive(world.order(**keeps))
    await world.until_status(OrderStatus.WAITING)
    await world.until_card(card)
    assert (world.reserved("PAN"), world.own.asked) == (1, [])
    await world.hint(world.order(updated_at=PLACED + timedelta(minutes=1), **frees))
    await world.until_status(OrderStatus.DISPATCHED)


@pytest.mark.parametrize(
    ("payment", "when", "waits"),
    [
        ("authorized", DispatchWhen.AUTHORIZED, False),
        ("authorized", DispatchWhen.PAID, True),
        ("paid", DispatchWhen.PAID, False),
        ("partially_paid", DispatchWhen.AUTHORIZED, True),
        ("expired", DispatchWhen.AUTHORIZED, True),
        ("refunded", DispatchWhen.AUTHORIZED, True),
        ("partially_refunded", DispatchWhen.PAID, False),
        ("pending", DispatchWhen.ANY, False),
        (None, DispatchWhen.PAID, False),
    ],
)
def test_the_setting_says_from_which_payment_on(payment: str | None, when: DispatchWhen, waits: bool) -> None:
    assert bool(waits_for(an_order(payment=payment), when)) is waits


async def test_all_of_the_money_back_stops_what_has_not_left(world: World) -> None:
    await world.arrive(world.order(payment="paid"))
    await world.until_status(OrderStatus.DISPATCHED)
    await world.arrive(world.order(payment="refunded", updated_at=PLACED + timedelta(minutes=1)))
    await world.until_status(OrderStatus.WAITING)
    await world.until_card("its payment (it is refunded)")
    assert [one.state.value for one in world.own.shipments.values()] == ["cancelled"]


async def test_a_refund_that_takes_everything_off_leaves_nothing_to_wait_for(world: World) -> None:
    order = await world.arrive(world.order(payment="pending"))
    await world.until_status(OrderStatus.WAITING)
    taken_off = world.order(line(quantity=0), payment="refunded", updated_at=PLACED + timedelta(minutes=1))
    await world.arrive(taken_off)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert (world.reserved("PAN"), world.own.asked) == (0, [])


def test_a_hold_keeps_an_order_whatever_its_payment() -> None:
    assert waits_for(an_order(payment="paid", on_hold="OTHER"), DispatchWhen.ANY)
    assert not waits_for(an_order(payment="paid", on_hold=""), DispatchWhen.PAID)

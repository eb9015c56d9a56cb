"""Where an order stands: never behind what nodes have, or what has left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderloom.domain.orders import OrderStatus
from orderloom.domain.records import DispatchState
from orderloom.domain.standing import not_behind

RUNNING = (OrderStatus.RESERVED, OrderStatus.ROUTED, OrderStatus.DISPATCHED, OrderStatus.PARTIALLY_SHIPPED)
STATES = st.lists(st.sampled_from(DispatchState), max_size=4)


@pytest.mark.parametrize(
    ("said", "shipments", "stands"),
    [
        (OrderStatus.ROUTED, [DispatchState.DISPATCHED], OrderStatus.DISPATCHED),
        (OrderStatus.RESERVED, [DispatchState.SENDING], OrderStatus.ROUTED),
        (OrderStatus.RESERVED, [DispatchState.DISPATCHED, DispatchState.PLANNED], OrderStatus.ROUTED),
        (OrderStatus.RESERVED, [DispatchState.PLANNED], OrderStatus.RESERVED),
        (OrderStatus.RESERVED, [DispatchState.CANCELLED], OrderStatus.RESERVED),
        (OrderStatus.ROUTED, [], OrderStatus.ROUTED),
    ],
)
def test_what_is_said_late_does_not_bring_an_order_back(
    said: OrderStatus, shipments: list[DispatchState], stands: OrderStatus
) -> None:
    assert not_behind(said, shipments, has_left=False) is stands
    assert not_behind(said, shipments, has_left=True) is OrderStatus.PARTIALLY_SHIPPED


@given(said=st.sampled_from(OrderStatus), shipments=STATES, has_left=st.booleans())
def test_said_twice_it_stands_where_it_stood_and_never_further_back(
    said: OrderStatus, shipments: list[DispatchState], has_left: bool
) -> None:
    stands = not_behind(said, shipments, has_left=has_left)
    assert not_behind(stands, shipments, has_left=has_left) is stands
    if said in RUNNING:
        assert RUNNING.index(stands) >= RUNNING.index(said)
    else:
        assert stands is said

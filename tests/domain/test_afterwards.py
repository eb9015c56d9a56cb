"""What of a channel's later words is news."""

import pytest

from orderloom.domain.afterwards import is_news
from orderloom.domain.orders import ChannelState, Order, OrderStatus
from tests.domain.orders import an_order, line

KNOWN = an_order(line("1", quantity=2))
TAKEN_OFF = an_order(line("1", quantity=1))


@pytest.mark.parametrize(
    ("status", "told", "news"),
    [
        (OrderStatus.COMPLETED, an_order(*KNOWN.lines, state=ChannelState.FULFILLED), False),
        (OrderStatus.COMPLETED, an_order(*TAKEN_OFF.lines, state=ChannelState.FULFILLED), True),
        (OrderStatus.COMPLETED, an_order(*KNOWN.lines, state=ChannelState.CANCELLED), True),
        (OrderStatus.CANCELLED, an_order(*TAKEN_OFF.lines, state=ChannelState.CANCELLED), False),
        (OrderStatus.CANCELLED, an_order(*KNOWN.lines, state=ChannelState.OPEN), True),
        (OrderStatus.OBSERVED, KNOWN, False),
        (OrderStatus.OBSERVED, an_order(*KNOWN.lines, state=ChannelState.FULFILLED), False),
        (OrderStatus.OBSERVED, TAKEN_OFF, True),
        (OrderStatus.OBSERVED, an_order(*KNOWN.lines, state=ChannelState.CANCELLED), True),
        (OrderStatus.OBSERVED, an_order(*KNOWN.lines, buyer_asks_to_cancel=True), True),
    ],
)
def test_an_echo_is_no_news_and_a_change_of_mind_is(status: OrderStatus, told: Order, news: bool) -> None:
    assert is_news(status, KNOWN, told) is news

"""Orders put straight into the order book."""

from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import ChannelState, Hold, Order, OrderReading, OrderStatus, PersonalData, Story
from orderloom.storage.store import Store
from tests.starter.deliveries import AT, order_key


def record(store: Store, number: int, event_id: str, status: OrderStatus, *, hold: Hold | None = None) -> OrderKey:
    key = order_key(number)
    order = Order(
        key=key,
        name=f"#{number}",
        placed_at=AT,
        updated_at=AT,
        state=ChannelState.OPEN,
        story=Story.SHIP,
        lines=(),
    )
    store.orders.record(OrderReading(order=order, personal=PersonalData()), event_id)
    store.orders.set_status(key, status, hold=hold)
    return key

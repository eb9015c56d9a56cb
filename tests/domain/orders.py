"""Orders to decide about, built from the few facts that a test is about."""

from datetime import UTC, datetime

from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.orders import ChannelState, Component, Destination, Order, OrderLine, Story, TimeWindow
from orderloom.domain.stock import SkuMaster

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def line(
    line_id: str = "1",
    sku: str | None = "PAN",
    quantity: int = 1,
    grams: int | None = None,
    parts: tuple[Component, ...] | None = None,
) -> OrderLine:
    mapped = parts or ((Component(sku=sku),) if sku else None)
    return OrderLine(
        line_id=line_id,
        listing=sku or f"line:{line_id}",
        quantity=quantity,
        unit_weight_grams=grams,
        components=mapped,
    )


def an_order(*lines: OrderLine, channel: Channel = Channel.SHOPIFY, **facts: object) -> Order:
    base = Order(
        key=OrderKey(channel=channel, account="kitchen", order_id="1001"),
        name="#1001",
        placed_at=NOW,
        updated_at=NOW,
        state=ChannelState.OPEN,
        story=Story.SHIP,
        destination=Destination(country="US", region="NY"),
        has_address=True,
        ship_by=TimeWindow(latest=NOW),
        lines=lines or (line(),),
    )
    return base.model_copy(update=facts)


def masters(**grams: int | None) -> dict[str, SkuMaster]:
    return {sku: SkuMaster(sku=sku, weight_grams=weight, categories=("cookware",)) for sku, weight in grams.items()}

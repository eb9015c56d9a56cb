"""The shapes that the API and the command line's JSON share. None of them holds personal data."""

from pydantic import Field

from orderloom.domain.keys import Channel
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.orders import Hold, OrderStatus
from orderloom.domain.records import OrderSummary
from orderloom.domain.stock import PoolLevel, StockLevel
from orderloom.storage.store import Store


class OrderRow(Frozen):
    """One row of `orders list --json` and of GET /api/orders."""

    key: str
    channel: Channel
    account: str
    order_id: str
    name: str
    status: OrderStatus
    hold: Hold | None
    nodes: tuple[str, ...]
    updated_at: Utc
    backorder_until: Utc | None = Field(default=None, exclude=True)
    """Until when it waits for stock by rule: for the table alone. The JSON's fields are fixed; `orders show` has it."""

    @classmethod
    def of(cls, summary: OrderSummary) -> "OrderRow":
        key = summary.key
        return cls(
            key=str(key),
            channel=key.channel,
            account=key.account,
            order_id=key.order_id,
            name=summary.name,
            status=summary.status,
            hold=summary.hold,
            nodes=summary.nodes,
            updated_at=summary.updated_at,
            backorder_until=summary.backorder_until,
        )


class InventoryRow(Frozen):
    """One SKU in one pool, in units; `nodes` only where a single SKU was asked for."""

    sku: str
    pool: str
    on_hand: int
    reserved: int
    short: int
    available: int
    per_day: float | None = None
    """Units that its listings sell a day at the present rate; null where none is published."""
    cover_seconds: float | None = None
    """How long what is available lasts at that rate."""
    cover_is_low: bool = False
    """It lasts no longer than the policy's `low_cover`."""
    nodes: tuple[StockLevel, ...] = ()


def inventory_rows(store: Store, config: MerchantConfig, sku: str | None, after: str, limit: int) -> list[InventoryRow]:
    """Stock in order of SKU, from behind `after`."""
    nodes = tuple(store.ledger.show_nodes(sku)) if sku else ()
    return [
        InventoryRow(
            **level.model_dump(), available=level.available, nodes=nodes, **_demand(store, config, level).model_dump()
        )
        for level in store.ledger.show(sku, limit=limit, after=after)
    ]


class _Demand(Frozen):
    per_day: float | None = None
    cover_seconds: float | None = None
    cover_is_low: bool = False


def _demand(store: Store, config: MerchantConfig, level: PoolLevel) -> _Demand:
    """Of the listings that sell this SKU alone from this pool; a bundle's sales are not told by component."""
    sellers = [v for v in store.listings.views(level.sku) if (v.pool, v.place) == (level.pool, level.sku)]
    if not sellers:
        return _Demand()
    cover = sellers[0].cover_seconds
    low = cover is not None and cover < config.listings.policy(level.sku).low_cover
    per_day = round(sum(view.per_day * view.units for view in sellers), 3)
    return _Demand(per_day=per_day, cover_seconds=cover, cover_is_low=low)


def lasting(seconds: float | None) -> str:
    """A span of time for a table: `3.2 days`, `5.0 h`, `12 min`, `40 s`; `-` where nothing sells."""
    if seconds is None:
        return "-"
    if seconds >= 86_400:
        return f"{seconds / 86_400:.1f} days"
    if seconds >= 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"

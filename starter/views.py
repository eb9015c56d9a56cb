"""The shapes that the API and the command line's JSON share. None of them holds personal data."""

from orderloom.domain.keys import Channel
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.orders import Hold, OrderStatus
from orderloom.domain.records import OrderSummary
from orderloom.domain.stock import StockLevel
from orderloom.storage.ledger import SqlLedger


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
        )


class InventoryRow(Frozen):
    """One SKU in one pool, in units; `nodes` only where a single SKU was asked for."""

    sku: str
    pool: str
    on_hand: int
    reserved: int
    short: int
    available: int
    nodes: tuple[StockLevel, ...] = ()


def inventory_rows(ledger: SqlLedger, sku: str | None, after: str, limit: int) -> list[InventoryRow]:
    """Stock in order of SKU, from behind `after`."""
    nodes = tuple(ledger.show_nodes(sku)) if sku else ()
    return [
        InventoryRow(**level.model_dump(), available=level.available, nodes=nodes)
        for level in ledger.show(sku, limit=limit, after=after)
    ]

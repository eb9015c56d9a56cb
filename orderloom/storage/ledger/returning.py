"""Units that came back: taken once per change, put on a node's shelf or only remembered."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, select, update

from orderloom.domain.changes import GoodsBack
from orderloom.domain.keys import OrderKey
from orderloom.domain.listing.offers import ListingKey
from orderloom.domain.orders import OrderLine
from orderloom.domain.stock import MovementKind
from orderloom.storage.database import insert_or
from orderloom.storage.ledger.balancing import rebalance
from orderloom.storage.ledger.movements import Cause, move
from orderloom.storage.ledger.rows import lock_pools, pools_of_nodes
from orderloom.storage.listings.facts import Fact, FactKind, append_facts
from orderloom.storage.tables import goods_back, listing_sales
from orderloom.storage.waiting import return_is_taken


def take_back(
    connection: Connection, key: OrderKey, line: OrderLine, goods: GoodsBack, node: str | None, now: datetime
) -> bool:
    """Whether it was new. What the channel restocked itself goes back to that channel's rights, never to all."""
    pool = pools_of_nodes(connection, [node])[node] if node else ""
    units: Counter[str] = Counter()
    for part in line.components or ():
        units[part.sku] += goods.quantity * part.units
    places = {(pool, sku) for sku in units} if node else set()
    lock_pools(connection, places)
    return_is_taken(connection, key, goods.change_id)
    if not _is_first(connection, key, goods, node, now):
        return False
    if node is None:
        return True
    for sku, count in sorted(units.items()):
        cause = Cause(
            kind=MovementKind.RETURNED,
            at=now,
            by=f"node:{node}",
            why=f"came back ({goods.reason or 'no reason given'})",
            order_key=str(key),
            line_id=line.line_id,
            once=f"{MovementKind.RETURNED}:{key}:{goods.change_id}:{sku}",
        )
        move(connection, sku, node, pool, count, cause)
    if goods.restocked_by_channel:
        _tell_restocked(connection, key, line, goods, now)
    rebalance(connection, places, now)
    return True


def _is_first(connection: Connection, key: OrderKey, goods: GoodsBack, node: str | None, now: datetime) -> bool:
    row = {
        "order_key": str(key),
        "change_id": goods.change_id,
        "line_id": goods.line_id,
        "quantity": goods.quantity,
        "reason": goods.reason,
        "node": node,
        "at": goods.at,
        "taken_at": now,
    }
    statement = insert_or(connection, goods_back).values(row).on_conflict_do_nothing()
    return connection.execute(statement.returning(goods_back.c.change_id)).first() is not None


def _tell_restocked(connection: Connection, key: OrderKey, line: OrderLine, goods: GoodsBack, now: datetime) -> None:
    """Of what its listings were told of this line; a line that shrank already told it."""
    mine = (listing_sales.c.order_key == str(key)) & (listing_sales.c.line_id == line.line_id)
    sale = connection.execute(select(listing_sales).where(mine)).one_or_none()
    units = min(sale.told, goods.quantity) if sale else 0
    if sale is None or not units:
        return
    connection.execute(update(listing_sales).where(mine).values(told=listing_sales.c.told - units))
    listing = ListingKey(channel=key.channel, account=key.account, listing=sale.listing)
    fact = Fact(FactKind.CANCELLED, listing, units, goods.at.timestamp())
    append_facts(connection, key.channel, key.account, [fact], now)

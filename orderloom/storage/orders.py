"""The order book: each order once, its status, its sealed personal data and its timeline."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from orderloom.domain.assigned import moved
from orderloom.domain.errors import OrderUnknown
from orderloom.domain.events import EventSource
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.orders import ChannelState, Hold, Order, OrderReading, OrderStatus, PersonalData
from orderloom.domain.records import LiveFrom, OrderRecord, TimelineEntry
from orderloom.storage.accounts import connect_account
from orderloom.storage.cancellations import forget_cancellation
from orderloom.storage.data_keys import Vault
from orderloom.storage.database import Database
from orderloom.storage.ledger import reserving
from orderloom.storage.order_rows import as_record, find_row
from orderloom.storage.standing import advance, set_status
from orderloom.storage.tables import orders, raw_events
from orderloom.storage.timeline import note
from orderloom.storage.waiting import wait_for_listings
from orderloom.storage.wakeups import REOPENED, wake


class SqlOrderBook:
    """Implements the port OrderBook."""

    def __init__(self, database: Database, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def live_from(self, channel: Channel, account: str) -> LiveFrom:
        return self._database.write(lambda connection: connect_account(connection, channel, account, self._clock()))

    def record(self, reading: OrderReading, event_id: str) -> OrderRecord:
        return self._database.write(lambda connection: self._record(connection, reading, event_id))

    def get(self, key: OrderKey) -> OrderRecord:
        found = self.find(key)
        if found is None:
            raise OrderUnknown(key)
        return found

    def find(self, key: OrderKey) -> OrderRecord | None:
        row = self._database.read(lambda connection: find_row(connection, key))
        return as_record(row) if row else None

    def personal(self, key: OrderKey) -> PersonalData:
        """All empty once purged. Raises OrderUnknown."""

        def work(connection: Connection) -> PersonalData:
            row = find_row(connection, key)
            if row is None:
                raise OrderUnknown(key)
            return self._unsealed(connection, row)

        return self._database.read(work)

    def set_status(
        self, key: OrderKey, status: OrderStatus, *, hold: Hold | None = None, nodes: Sequence[str] | None = None
    ) -> None:
        """Raises OrderUnknown, and OrderClosed where an order at its end would be opened again.

        A new hold is a line of the timeline; of everything else the step that leads there tells more.
        """
        self._database.write(lambda connection: set_status(connection, key, status, hold, nodes, self._clock()))

    def advance(self, key: OrderKey, status: OrderStatus, nodes: Sequence[str] | None = None) -> None:
        """Raises OrderUnknown."""
        self._database.write(lambda connection: advance(connection, key, status, nodes, self._clock()))

    def save_mapped(self, order: Order) -> None:
        """Also remembers which listings the order waits for, so that their mapping wakes it."""

        def work(connection: Connection) -> None:
            changed = {"document": order.model_dump_json(), "updated_at": self._clock()}
            statement = update(orders).where(orders.c.order_key == str(order.key)).values(changed)
            if not connection.execute(statement).rowcount:
                raise OrderUnknown(order.key)
            wait_for_listings(connection, order, self._clock())

        self._database.write(work)

    def adopt(self, key: OrderKey) -> None:
        """An operator takes over an order from before `live_from`. Raises OrderUnknown."""

        def work(connection: Connection) -> None:
            changed = {"adopted": True, "updated_at": self._clock()}
            statement = update(orders).where(orders.c.order_key == str(key)).values(changed)
            if not connection.execute(statement).rowcount:
                raise OrderUnknown(key)

        self._database.write(work)

    def reopen(self, reading: OrderReading, event_id: str) -> None:
        key = reading.order.key

        def work(connection: Connection) -> None:
            changed = {"status": OrderStatus.PARTIALLY_SHIPPED, "closed_at": None, "updated_at": self._clock()}
            mine = orders.c.order_key == str(key), orders.c.status == OrderStatus.COMPLETED
            if connection.execute(update(orders).where(*mine).values(changed)).rowcount:
                forget_cancellation(connection, key)
                reserving.reopen(connection, key)
            self._record(connection, reading, event_id)
            wake(connection, [str(key)], REOPENED, self._clock())

        self._database.write(work)

    def open_keys(self, quiet_since: datetime) -> Sequence[OrderKey]:
        """The longest quiet first."""
        open_states = [status for status in OrderStatus if not status.is_end]
        statement = (
            select(orders.c.order_key)
            .where(orders.c.status.in_(open_states), orders.c.updated_at <= quiet_since)
            .order_by(orders.c.updated_at, orders.c.order_key)
        )
        keys = self._database.read(lambda connection: connection.execute(statement).scalars().all())
        return [OrderKey.parse(key) for key in keys]

    def note(self, key: OrderKey, entry: TimelineEntry) -> None:
        self._database.write(lambda connection: note(connection, str(key), entry))

    def _record(self, connection: Connection, reading: OrderReading, event_id: str) -> OrderRecord:
        known = find_row(connection, reading.order.key, lock=True)
        if known is None:
            self._insert(connection, reading, event_id)
        elif reading.order.updated_at >= known.changed_at:
            self._update(connection, known, reading, event_id)
        stored = find_row(connection, reading.order.key)
        if stored is None:
            raise OrderUnknown(reading.order.key)
        return as_record(stored)

    def _insert(self, connection: Connection, reading: OrderReading, event_id: str) -> None:
        order, now = reading.order, self._clock()
        key = str(order.key)
        arrived_at = _first_event(connection, key, event_id) or now
        row = self._contents(connection, reading) | {
            "order_key": key,
            "status": OrderStatus.ARRIVED,
            "nodes": "[]",
            "arrived_at": arrived_at,
            "updated_at": now,
            "adopted": False,
        }
        connection.execute(insert(orders), row)
        arrived = TimelineEntry(at=arrived_at, what="arrived", text=f"{order.name} arrived", once="arrived")
        note(connection, key, arrived)

    def _update(self, connection: Connection, known: Row[Any], reading: OrderReading, event_id: str) -> None:
        order = _keep_known(reading.order, Order.model_validate_json(known.document))
        kept = reading.model_copy(update={"order": order})
        changed = self._contents(connection, kept, closed=known.closed_at is not None)
        before = self._unsealed(connection, known)
        if known.closed_at is None and _goes_elsewhere(before, reading.personal):
            changed["address_version"] = known.address_version + 1
        is_new = changed["document"] != known.document or before != reading.personal
        changed["unordered_event"] = _unordered(connection, known, order, event_id, is_new=is_new)
        if changed["document"] != known.document:
            changed["updated_at"] = self._clock()
        connection.execute(update(orders).where(orders.c.order_key == known.order_key).values(changed))

    def _unsealed(self, connection: Connection, row: Row[Any]) -> PersonalData:
        return unsealed_personal(connection, self._vault, row) or PersonalData()

    def _contents(self, connection: Connection, reading: OrderReading, *, closed: bool = False) -> dict[str, Any]:
        order, key = reading.order, str(reading.order.key)
        contents = {
            "name": order.name,
            "document": order.model_dump_json(),
            "changed_at": order.updated_at,
            "placed_at": order.placed_at,
            "ship_by": order.ship_by.latest,
            "deliver_by": order.deliver_by.latest,
        }
        if closed:  # its personal data may have been purged, and nothing will be shipped with it
            return contents
        data_key = self._vault.key_of_order(connection, key, self._clock())
        sealed = data_key.seal(reading.personal.model_dump_json().encode(), _bound_to(key))
        return contents | {"data_key_id": data_key.data_key_id, "personal": sealed}


def _unordered(connection: Connection, known: Row[Any], order: Order, event_id: str, *, is_new: bool) -> str | None:
    """A channel's times may be whole seconds: of two deliveries within one, either may be the older.

    Stored with the reading, so that it is known still where whoever read it died before asking the channel.
    """
    if order.updated_at != known.changed_at or order.state is ChannelState.CANCELLED:
        return None
    source = connection.execute(select(raw_events.c.source).where(raw_events.c.event_id == event_id)).scalar()
    if source == EventSource.REREAD:
        return None
    unordered: str | None = event_id if is_new and source == EventSource.WEBHOOK else known.unordered_event
    return unordered


def _goes_elsewhere(before: PersonalData, personal: PersonalData) -> bool:
    """One that is not told any more, or was not told yet, is no other address."""
    return before.has_address and personal.has_address and not before.goes_to(personal)


def unsealed_personal(connection: Connection, vault: Vault, row: Row[Any]) -> PersonalData | None:
    """None once it was purged."""
    data_key = vault.find(connection, row.data_key_id)
    if data_key is None or row.personal is None:
        return None
    return PersonalData.model_validate_json(data_key.unseal(row.personal, _bound_to(row.order_key)))


def _first_event(connection: Connection, order_key: str, event_id: str) -> datetime | None:
    mine = (raw_events.c.order_key == order_key) | (raw_events.c.event_id == event_id)
    found: datetime | None = connection.execute(select(func.min(raw_events.c.received_at)).where(mine)).scalar_one()
    return found


def _keep_known(reading: Order, known: Order) -> Order:
    """What a reading does not know stays as another one said it: a webhook knows no holds and not all that came back.

    No reading knows components; until its lines are mapped again, those of the same listings stay. Of a variant that
    was deleted meanwhile Shopify does not say which it was.
    """
    own_names = {line.line_id: line.own_name for line in known.lines}
    mapped = {(line.line_id, line.listing): line for line in known.lines if line.components is not None}
    lines = []
    for line in reading.lines:
        if line.own_name is None and own_names.get(line.line_id):
            line = line.model_copy(update={"own_name": own_names[line.line_id]})
        before = mapped.get((line.line_id, line.listing))
        if before and line.components is None:
            weight = line.unit_weight_grams or before.unit_weight_grams
            line = line.model_copy(update={"components": before.components, "unit_weight_grams": weight})
        lines.append(line)
    kept: dict[str, Any] = {"lines": tuple(lines)}
    if reading.on_hold is None:
        kept["on_hold"] = known.on_hold
    # What this reading does not say, or what was moved since the last one that said it.
    kept["assigned"] = known.assigned if reading.assigned is None else moved(known.assigned or (), reading.assigned)
    if reading.is_business is None:
        kept["is_business"] = known.is_business
    told = {goods.change_id for goods in reading.came_back}
    kept["came_back"] = (*(goods for goods in known.came_back if goods.change_id not in told), *reading.came_back)
    return reading.model_copy(update=kept)


def _bound_to(order_key: str) -> str:
    return f"orders:{order_key}:personal"

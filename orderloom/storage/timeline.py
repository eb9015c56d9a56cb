"""Lines of an order's story, each step one line however often it is repeated."""

from sqlalchemy import Connection

from orderloom.domain.records import TimelineEntry
from orderloom.storage.database import insert_or
from orderloom.storage.tables import timeline


def note(connection: Connection, order_key: str, entry: TimelineEntry) -> None:
    """Add a line to the order's timeline, unless one with the same `once` is there."""
    row = entry.model_dump(mode="python") | {"order_key": order_key}
    statement = insert_or(connection, timeline).values(row)
    connection.execute(statement.on_conflict_do_nothing(index_elements=["order_key", "once"]))

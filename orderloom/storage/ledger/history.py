"""What happened to one SKU: its movements, as they were written."""

from sqlalchemy import Connection, select

from orderloom.domain.errors import InputInvalid
from orderloom.domain.stock import Movement
from orderloom.storage.catalog import unknown_skus
from orderloom.storage.tables import movements


def movements_of(connection: Connection, sku: str, limit: int, before: int | None) -> list[Movement]:
    """The last first. A count that changed nothing is a line too: somebody looked."""
    if unknown_skus(connection, [sku]):
        raise InputInvalid("stock", None, sku, "is no SKU here; import it first")
    shown = [movements.c[name] for name in Movement.model_fields]
    statement = select(*shown).where(movements.c.sku == sku).order_by(movements.c.movement_id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(movements.c.movement_id < before)
    return [Movement(**row._mapping) for row in connection.execute(statement)]

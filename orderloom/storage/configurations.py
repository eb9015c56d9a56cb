"""The configuration file that each kind of process last started with, kept for the day on which it is wrong."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from orderloom.domain.configured import KeptConfiguration, RefusedConfiguration
from orderloom.storage.database import Database, insert_or
from orderloom.storage.migrating import bring_up_to_date
from orderloom.storage.tables import configurations


class Configurations:
    """One row for each kind of process, written when one of it starts."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def keep(self, process: str, text: str) -> None:
        """A process started with this file."""
        self._put(process, text=text, kept_at=self._clock(), refused_at=None, why="")

    def refuse(self, process: str, good: KeptConfiguration, why: str) -> None:
        """A process found its file wrong and works with a good one of before."""
        self._put(process, text=good.text, kept_at=good.kept_at, refused_at=self._clock(), why=why)

    def refused(self) -> Sequence[RefusedConfiguration]:
        columns = configurations.c
        names = ("process", "refused_at", "why", "kept_at")
        statement = select(*(columns[name] for name in names)).where(columns.refused_at.is_not(None))
        rows = self._database.read(lambda connection: connection.execute(statement.order_by(columns.process)).all())
        return [RefusedConfiguration(**row._mapping) for row in rows]

    def _put(self, process: str, **said: object) -> None:
        def work(connection: Connection) -> None:
            statement = insert_or(connection, configurations).values(process=process, **said)
            connection.execute(statement.on_conflict_do_update(index_elements=["process"], set_=said))

        self._database.write(work)


def last_good(database_url: str) -> KeptConfiguration | None:
    """The newest file that any process started with; None where none ever did. Raises Unavailable."""
    database = Database(database_url)
    try:
        bring_up_to_date(database)
        return database.read(_newest)
    finally:
        database.close()


def _newest(connection: Connection) -> KeptConfiguration | None:
    columns = configurations.c
    statement = select(columns.text, columns.kept_at).order_by(columns.kept_at.desc()).limit(1)
    row = connection.execute(statement).first()
    return KeptConfiguration(**row._mapping) if row else None

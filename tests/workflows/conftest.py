"""One development server for all tests, with skippable time; a store and workers for each."""

import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from orderloom.storage.store import Store, open_store
from orderloom.storage.vault import KeyRing
from tests.workflows.merchant import CONFIG
from tests.workflows.server import start_server
from tests.workflows.stage import Stage, StoreClock
from tests.workflows.world import World
from workflows.connection import DATA_CONVERTER


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[WorkflowEnvironment]:
    async with await start_server() as environment:
        yield environment


@pytest.fixture(scope="session")
async def client(server: WorkflowEnvironment) -> Client:
    """Workflows started by it have ordinary clocks, until a test moves one forward."""
    return await server.connect_client(data_converter=DATA_CONVERTER)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its schema, to be copied: migrating once is enough."""
    path = tmp_path_factory.mktemp("migrated") / "orderloom.db"
    open_test_store(path, StoreClock()).close()
    return path


@pytest.fixture
def clock() -> StoreClock:
    return StoreClock()


@pytest.fixture
def store(migrated: Path, tmp_path: Path, clock: StoreClock) -> Iterator[Store]:
    path = tmp_path / "orderloom.db"
    shutil.copy(migrated, path)
    opened = open_test_store(path, clock)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
async def stage(client: Client) -> AsyncIterator[Stage]:
    stage = Stage(client)
    async with AsyncExitStack() as running:
        threads = running.enter_context(ThreadPoolExecutor(48))
        for worker in stage.workers(threads):
            await running.enter_async_context(worker)
        yield stage


@pytest.fixture
async def world(
    store: Store, clock: StoreClock, server: WorkflowEnvironment, client: Client, stage: Stage
) -> AsyncIterator[World]:
    stage.world = World(store, clock, server, client)
    yield stage.world
    try:
        await stage.world.handle.terminate("the test is over")
    except RPCError:
        # It has ended by itself, or was never started.
        return


def open_test_store(path: Path, clock: StoreClock) -> Store:
    keys = KeyRing({"test": b"k" * 32}, "test")
    return open_store(f"sqlite:///{path}", keys, accounts=CONFIG.accounts, nodes=CONFIG.nodes, clock=clock)

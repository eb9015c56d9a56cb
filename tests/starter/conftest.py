"""A real SQLite store, a real Temporal development server and a real ASGI server, all on loopback."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities.queues import ORDERS
from orderloom.configuration import load_config
from orderloom.domain.merchant import MerchantConfig
from orderloom.settings import AccountSecrets, NodeSecrets, Settings
from orderloom.storage.store import Store
from starter.cli.app import run
from starter.opening import open_merchant_store
from starter.relay import Relay
from starter.stack.endpoints import Ports
from starter.temporal import TemporalConnection
from tests.starter.commands import Orderloom, Result
from tests.starter.deliveries import CALLBACK_SECRET, SHOP_SECRET
from tests.starter.handing_over import LEASE, NUMBERS
from tests.starter.recording import RecordingFollowUp, RecordingOrder, RecordingPublisher, RecordingResolve
from tests.starter.servers import TemporalServer

CONFIG = Path(__file__).resolve().parents[2] / "config" / "orderloom.yaml"


@pytest.fixture(scope="session")
def merchant() -> MerchantConfig:
    return load_config(CONFIG)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        state_dir=tmp_path,
        config=CONFIG,
        accounts={"kitchen": AccountSecrets.model_validate({"webhook_secrets": ["an-older-secret", SHOP_SECRET]})},
        nodes={"own_warehouse": NodeSecrets.model_validate({"token": "token", "callback_secrets": [CALLBACK_SECRET]})},
    )


@pytest.fixture
def store(settings: Settings, merchant: MerchantConfig) -> Iterator[Store]:
    opened = open_merchant_store(settings, merchant)
    yield opened
    opened.close()


@pytest.fixture
def stopped_temporal(tmp_path: Path) -> Iterator[TemporalServer]:
    """A server that is not started yet, for tests that have it come and go."""
    server = TemporalServer(tmp_path, Ports.choose(starter=0, temporal=0, temporal_ui=0, sandbox=0))
    yield server
    server.close()


@pytest.fixture(scope="session")
def temporal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    ports = Ports.choose(starter=0, temporal=0, temporal_ui=0, sandbox=0)
    server = TemporalServer(tmp_path_factory.mktemp("temporal"), ports)
    server.start()
    yield server
    server.close()


@pytest.fixture
def orderloom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Orderloom:
    monkeypatch.setenv("ORDERLOOM_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("ORDERLOOM_CONFIG", str(CONFIG))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Result:
        status = run(arguments)
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return call


@pytest.fixture
async def client(temporal: TemporalServer) -> AsyncIterator[Client]:
    connected = await temporal.connect()
    workflows = [RecordingOrder, RecordingFollowUp, RecordingPublisher, RecordingResolve]
    async with Worker(connected, task_queue=ORDERS, workflows=workflows):
        yield connected
    async for running in connected.list_workflows("ExecutionStatus = 'Running'"):
        with contextlib.suppress(RPCError):
            await connected.get_workflow_handle(running.id).terminate()


@pytest.fixture
def relay(store: Store, temporal: TemporalServer, client: Client) -> Relay:
    return Relay(store, TemporalConnection(temporal.connect), lease=LEASE)


@pytest.fixture
def number() -> int:
    return next(NUMBERS)

"""A short `orderloom demo`, whole: exit status, report, and that nobody's name is found where it must not be."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from orderloom.configuration import load_config
from orderloom.domain.orders import PersonalData
from orderloom.settings import Settings
from starter.opening import open_merchant_store
from starter.stack import programs
from starter.stack.endpoints import Ports
from starter.stack.supervisor import Supervisor
from workflows.connection import connect

ORDERS, SECONDS = 40, 12.0
PLAY = "import sys; from pathlib import Path; from starter.demo.run import run_demo; "
PLAY += f"sys.exit(run_demo(Path(sys.argv[1]), False, orders={ORDERS}, seconds={SECONDS}))"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    state = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-c", PLAY, str(state)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, cwd=programs.ROOT)
    done.args = state / "demo"
    return done


@pytest.fixture
def home(played: subprocess.CompletedProcess[str]) -> Path:
    return Path(str(played.args))


@pytest.fixture
def report(home: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((home / "report.json").read_text())
    return content


@pytest.fixture
def nobody(home: Path) -> list[str]:
    """What must be found nowhere: every buyer's name, street, postal code, e-mail, phone and message."""
    settings = Settings(state_dir=home)
    store = open_merchant_store(settings, load_config(settings.config))
    try:
        people = [store.orders.personal(order.key) for order in store.stories.list(limit=1000)]
    finally:
        store.close()
    words = sorted({word for person in people for word in _private(person)})
    assert len(words) > ORDERS, "the orders have buyers"
    return words


def _private(person: PersonalData) -> Iterator[str]:
    yield from filter(None, (person.name, *person.address_lines, person.email, person.phone))
    yield from filter(None, (person.postal_code, person.gift_message, person.note))


def assert_nobody_in(text: bytes, nobody: list[str], where: str) -> None:
    for word in nobody:
        assert word.encode() not in text, f"a buyer's data ({word[:3]}…) is in {where}"


@pytest.mark.timeout(240)
def test_it_ends_by_itself_with_exit_status_0_and_a_report(
    played: subprocess.CompletedProcess[str], report: dict[str, Any]
) -> None:
    assert played.returncode == 0, played.stdout + played.stderr
    assert report["failures"] == []
    assert report["orders"]["arrived"] == ORDERS
    assert sum(report["orders"][end] for end in ("completed", "observed", "held", "cancelled")) == ORDERS
    assert report["duplicate_dispatches"] == report["duplicate_confirmations"] == report["oversold_units"] == 0
    assert report["short_units"] == 1
    assert report["ledger_balanced"] is True
    assert report["confirmations"] == report["orders"]["completed"]
    assert {"p50", "p95", "p99"} < report["latency_ms"]["dispatched"].keys()
    assert report["duration_s"] >= SECONDS
    ours, batch = report["flash_sale"]["totals"]
    assert (ours["contender"], ours["oversold"]) == ("orderloom", 0)
    assert (batch["contender"], batch["demand"]) == ("batch", ours["demand"])
    assert batch["oversold"] > 0


def test_its_table_tells_a_merchant_what_became_of_the_orders(played: subprocess.CompletedProcess[str]) -> None:
    for words in (
        "What became of the orders",
        "Amazon",
        "Shopify",
        "what to do",
        "published target",
        "flash sale",
        "--stay",
    ):
        assert words in played.stdout
    assert "60 times faster" in played.stdout, "it says that the sandbox's limits are shortened"


def test_nobody_is_found_in_a_log_the_report_the_screen_or_the_databases(
    home: Path, nobody: list[str], played: subprocess.CompletedProcess[str]
) -> None:
    assert_nobody_in(played.stdout.encode() + played.stderr.encode(), nobody, "what the demo prints")
    files = [path for path in home.rglob("*") if path.is_file()]
    assert {"worker.log", "starter.log", "temporal.db", "orderloom.db"} <= {path.name for path in files}
    for path in files:
        assert_nobody_in(path.read_bytes(), nobody, path.name)


def test_nobody_is_found_in_any_workflow_history(home: Path, nobody: list[str], tmp_path: Path) -> None:
    histories = asyncio.run(_histories(home, tmp_path))
    assert len(histories) >= ORDERS
    assert any(b"shopify" in history and b"OrderStatus" in history for history in histories), "payloads are readable"
    for history in histories:
        assert_nobody_in(history, nobody, "a workflow history")


async def _histories(home: Path, logs: Path) -> list[bytes]:
    """Every history that the demo's Temporal server left in its file, as protocol buffers."""
    ports = Ports.choose(starter=0, temporal=0, temporal_ui=0, sandbox=0)
    supervisor = Supervisor(logs, lambda line: None)
    try:
        supervisor.spawn(programs.temporal(home, ports))
        await asyncio.to_thread(supervisor.wait_until_ready, "temporal", 60.0)
        client: Client = await connect(f"127.0.0.1:{ports.temporal}")
        executions = [execution async for execution in client.list_workflows()]
        return [await _history(client, execution.id, execution.run_id) for execution in executions]
    finally:
        await asyncio.to_thread(supervisor.close, ("temporal",))


async def _history(client: Client, workflow_id: str, run_id: str) -> bytes:
    history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
    return b"".join(event.SerializeToString() for event in history.events)

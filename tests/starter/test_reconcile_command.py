"""`orderloom reconcile` against a real Temporal server and a workflow that answers as the real one does."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from temporalio.worker import Worker

from activities.queues import ORDERS
from orderloom.domain.keys import Channel, reconcile_id
from tests.starter.commands import Orderloom
from tests.starter.recording import RecordedReconcile
from tests.starter.servers import TemporalServer


@pytest.fixture(autouse=True)
def address(temporal: TemporalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.address)


@pytest.fixture
def worker(temporal: TemporalServer) -> Iterator[None]:
    stop, loop = asyncio.Event(), asyncio.new_event_loop()

    async def work() -> None:
        async with Worker(await temporal.connect(), task_queue=ORDERS, workflows=[RecordedReconcile]):
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(work(),))
    thread.start()
    yield
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


def test_what_nobody_can_explain_is_exit_status_1_with_a_line_for_each_listing(
    orderloom: Orderloom, worker: None
) -> None:
    result = orderloom("reconcile", "--days", "3")
    assert result.status == 1
    assert "shopify:kitchen: 7 listings (7 in step)" in result.out
    assert "amazon:kitchen_us: 2 listings (1 edited by hand, 1 unseen orders)" in result.out
    assert "3 orders had not reached us" in result.out
    row = next(line.split() for line in result.out.splitlines() if line.startswith("AMZ-PAN"))
    assert row == ["AMZ-PAN", "PAN-1", "9", "4", "+5", "edited", "by", "hand"]


def test_one_account_in_step_is_exit_status_0(orderloom: Orderloom, worker: None) -> None:
    result = orderloom("reconcile", "--account", "kitchen", "--json")
    assert result.status == 0
    (report,) = result.json
    assert (report["account"], report["causes"], report["rows"]) == ("kitchen", {"in_step": 7}, [])


def test_an_account_that_does_not_publish_is_named(orderloom: Orderloom) -> None:
    result = orderloom("reconcile", "--account", "nobody")
    assert (result.status, result.err.count("\n")) == (1, 1)
    assert "no account 'nobody' publishes; those that do: kitchen, kitchen_us" in result.err


def test_without_a_worker_it_says_so_when_the_time_is_over(orderloom: Orderloom, temporal: TemporalServer) -> None:
    result = orderloom("reconcile", "--account", "kitchen", "--wait", "1")
    assert (result.status, result.err.count("\n")) == (1, 1)
    assert "no report within 1 s; is a worker running?" in result.err

    async def give_up() -> None:
        await (await temporal.connect()).get_workflow_handle(reconcile_id(Channel.SHOPIFY, "kitchen")).terminate()

    asyncio.run(give_up())

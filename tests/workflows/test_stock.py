"""A node's stock is read on its own schedule, as one step on the node's own queue."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client, ScheduleActionStartWorkflow
from temporalio.worker import Worker

from activities import queues
from activities.reading_stock import StockActivities
from activities.round_messages import StockStart
from orderloom.domain.keys import stock_id
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.node_api import NodeApi, NodeCall
from orderloom.domain.node_profile import StockReading
from orderloom.domain.rulebook import Rule
from orderloom.domain.stock import SkuMaster
from orderloom.domain.stock_reading import NodeLevel, StockPage, StockRead
from orderloom.storage.store import open_store
from tests.storage import shop
from worker import workflow_runner
from workflows.schedules import HOUSEKEEPING_ID, ensure_schedules
from workflows.stock import StockWorkflow

NODE = "asked_for_stock"
CALL = NodeCall(path="x")
API = NodeApi(dispatch=CALL, find=CALL, found="[]", stock=CALL, levels="[]")
ASKED = shop.node(NODE).model_copy(update={"api": API, "stock": StockReading(every=timedelta(minutes=20))})
CONFIG = MerchantConfig(
    merchant="x", accounts=(), nodes=(ASKED,), rules=(Rule(name="all", when="true", send_to=(NODE,)),)
)


@dataclass(frozen=True)
class Telling:
    told: StockPage

    def stock_page(self, page: str | None) -> StockPage:
        return self.told


async def test_a_reading_is_one_workflow_with_one_step(client: Client, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/orders.db", shop.KEYS, nodes=CONFIG.nodes)
    store.catalog.import_skus([SkuMaster(sku="PAN")], by="test")
    told = Telling(StockPage(levels=(NodeLevel(sku="PAN", available=7),)))
    steps = StockActivities(CONFIG, store.counts, {NODE: told})
    queue = "readings-of-stock"
    with ThreadPoolExecutor(2) as threads:
        deciding = Worker(client, task_queue=queue, workflows=[StockWorkflow], workflow_runner=workflow_runner())
        asking = Worker(client, task_queue=queues.node(NODE), activities=[steps.read_stock], activity_executor=threads)
        async with deciding, asking:
            done = await client.execute_workflow(
                "stock", StockStart(node=NODE), id=stock_id(NODE), task_queue=queue, result_type=StockRead
            )
    assert done == StockRead(skus=1, proposed=1)
    assert [one.said for one in store.counts.proposals()] == [7]
    store.close()


async def test_each_node_that_is_asked_has_a_schedule(client: Client) -> None:
    await ensure_schedules(client, CONFIG, timedelta(minutes=5))
    made = client.get_schedule_handle(stock_id(NODE))
    described = await made.describe()
    assert described.schedule.spec.intervals[0].every == timedelta(minutes=20)
    assert isinstance(described.schedule.action, ScheduleActionStartWorkflow)
    assert described.schedule.action.workflow == "stock"
    for name in (stock_id(NODE), HOUSEKEEPING_ID):
        await client.get_schedule_handle(name).delete()

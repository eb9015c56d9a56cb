"""The sandbox's nodes by the node protocol, in bad weather: late, twice, with an error after accepting, or never.

The judge is the sandbox's own count of what was asked of whom: every unit that was sold is shipped once.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.books import Books
from activities.dispatching import NodeActivities
from activities.messages import Heard, RecallStep, ShipmentNews, ShipmentStep
from orderloom.domain.records import DispatchState
from orderloom.domain.stock import StockCount
from orderloom.fulfillment import HttpNode
from orderloom.sandbox.config import NodeConfig, SandboxConfig
from orderloom.sandbox.knobs import Faults, Knobs
from orderloom.sandbox.running import RunningSandbox, running_sandbox
from orderloom.sandbox.truth import DispatchTruth
from orderloom.storage.store import Store, open_store
from tests.e2e.kitchen import until
from tests.storage import shop

PATIENCE_SECONDS = 0.2
LATE_SECONDS = 0.5
KEY = shop.key()
STEP = ShipmentStep(key=KEY, shipment=1)
NODES = tuple(
    NodeConfig(node=name, token=f"{name}-token", callback_secret="secret", pick_seconds=0.02)
    for name in ("east", "west")
)


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(SandboxConfig(nodes=NODES, seed=1)) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/orders.db", shop.KEYS, nodes=shop.NODES, clock=shop.Clock())
    order = shop.order(1001, shop.line("1", "PAN", 2), shop.line("2", "LID", 1))
    shop.stocked(store, PAN=5, LID=5)
    store.orders.record(shop.reading(order), "event")
    store.ledger.reserve(order, "own")
    store.ledger.decide(shop.decision(KEY, shop.START, shop.planned(1, "east", ("1", "PAN", 2), ("2", "LID", 1))))
    yield store
    store.close()


@pytest.fixture
def steps(store: Store, sandbox: RunningSandbox) -> Iterator[NodeActivities]:
    books = Books(
        store.events, store.orders, store.catalog, store.ledger, store.shipments, store.cancellations, shop.Clock()
    )
    with ExitStack() as opened:
        nodes = {
            node.node: HttpNode(node.node, f"{sandbox.url}/nodes/{node.node}", node.token, timeout=PATIENCE_SECONDS)
            for node in NODES
        }
        for node in nodes.values():
            opened.callback(node.close)
        yield NodeActivities(books, nodes)


def until_it_is_clear(steps: NodeActivities, attempts: int = 10) -> ShipmentNews:
    """Try again as Temporal would."""
    for left in reversed(range(attempts)):
        try:
            news: ShipmentNews = ActivityEnvironment().run(steps.dispatch, STEP)
            return news
        except ApplicationError as failed:
            if failed.non_retryable or not left:
                raise
    raise AssertionError("it was never tried")


def left(sandbox: RunningSandbox) -> list[DispatchTruth]:
    """What was accepted, once all of it has left; each unit was asked for once."""
    truth = until(lambda: all_left(sandbox), "it has left")
    assert not any(dispatch.duplicate for dispatch in truth)
    return truth


def all_left(sandbox: RunningSandbox) -> list[DispatchTruth]:
    taken = [d for d in sandbox.control.truth().dispatches if d.state not in ("refused", "cancelled")]
    return taken if taken and all(dispatch.state == "shipped" for dispatch in taken) else []


@pytest.mark.parametrize(
    "weather",
    [
        Faults(latency_seconds=LATE_SECONDS),
        Faults.model_validate({"lost_answer_rate": 1, "lost_answer_as": "drop"}),
        Faults.model_validate({"lost_answer_rate": 1, "lost_answer_as": "504"}),
        Faults(error_rate=0.6, lost_answer_rate=0.6),
    ],
    ids=["late", "an answer dropped after accepting", "an error after accepting", "now this, now that"],
)
def test_each_line_leaves_once_however_its_node_answers(
    store: Store, sandbox: RunningSandbox, steps: NodeActivities, weather: Faults
) -> None:
    sandbox.control.set_knobs(Knobs(seed=7, faults={"east.dispatch": weather}))
    assert until_it_is_clear(steps).heard in (Heard.ACCEPTED, Heard.SHIPPED)
    assert until_it_is_clear(steps).heard in (Heard.ACCEPTED, Heard.SHIPPED), "the step itself may also run twice"
    (dispatch,) = left(sandbox)
    assert [(line.line_id, line.quantity) for line in dispatch.lines] == [("1", 2), ("2", 1)]
    for _ in range(2):
        told = ActivityEnvironment().run(steps.ask_node, STEP)
        assert (told.heard, len(told.packages)) == (Heard.SHIPPED, 1)
    assert [shop.levels(store, sku)[0] for sku in ("PAN", "LID")] == [3, 4]
    shop.assert_balanced(store)


def test_a_node_that_never_answers_is_left_on_its_word_and_the_request_that_comes_late_is_refused(
    store: Store, sandbox: RunningSandbox, steps: NodeActivities
) -> None:
    sandbox.control.set_knobs(Knobs(faults={"east.dispatch": Faults(latency_seconds=2 * LATE_SECONDS)}))
    with pytest.raises(ApplicationError):
        until_it_is_clear(steps, attempts=1)
    news = ActivityEnvironment().run(steps.recall, RecallStep(key=KEY, shipment=1, why="it was silent"))
    assert news.heard is Heard.CANCELLED, "it never had it"
    assert store.shipments.shipments(KEY)[0].state is DispatchState.REFUSED
    for sku in ("PAN", "LID"):
        store.ledger.set_count(StockCount(sku=sku, node="west", on_hand=5), "test", "count")
    plan = shop.planned(1, "west", ("1", "PAN", 2), ("2", "LID", 1))
    store.ledger.decide(shop.decision(KEY, shop.START + timedelta(days=1), plan))
    assert until_it_is_clear(steps).heard in (Heard.ACCEPTED, Heard.SHIPPED)
    until(lambda: len(sandbox.control.truth().dispatches) == 2, "the late request has arrived")
    assert [(dispatch.node, dispatch.state) for dispatch in left(sandbox)] == [("west", "shipped")]
    late = next(d for d in sandbox.control.truth().dispatches if d.node == "east")
    assert (late.state, late.reason) == ("refused", "called_off")

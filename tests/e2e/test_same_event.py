"""One event however often and whenever it comes, also after Temporal has forgotten the order: one order."""

from sqlalchemy import func, select
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from orderloom.domain.events import EventState
from orderloom.domain.keys import OrderKey, workflow_id
from orderloom.domain.orders import OrderStatus
from orderloom.storage.tables import raw_events
from tests.e2e.kitchen import SELLER, SHOP, Kitchen, until


def run_of(kitchen: Kitchen, key: OrderKey) -> str | None:
    """The id of the order's latest run; None where Temporal knows nothing of it."""

    async def describe(client: Client) -> str | None:
        try:
            return (await client.get_workflow_handle(workflow_id(key)).describe()).run_id
        except RPCError as missing:
            if missing.status is RPCStatusCode.NOT_FOUND:
                return None
            raise

    found = kitchen.temporal(describe)
    return str(found) if found else None


def forget(kitchen: Kitchen, *keys: OrderKey) -> None:
    """What retention does: the closed executions are deleted. The server takes half a minute for it."""

    async def delete(client: Client) -> None:
        for key in keys:
            execution = WorkflowExecution(workflow_id=workflow_id(key))
            request = DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=execution)
            await client.workflow_service.delete_workflow_execution(request)

    kitchen.temporal(delete)
    for key in keys:
        until(lambda key=key: run_of(kitchen, key) is None, f"Temporal has forgotten {key}")  # type: ignore[misc]


def send_five_times_more(kitchen: Kitchen, key: OrderKey, total: int) -> None:
    """And wait until the starter has taken all of them, `total` with what was sent before."""
    assert kitchen.control.resend_webhook(SHOP, key.order_id, times=5) == 5
    until(lambda: _taken(kitchen, key) == total, f"the webhook is taken {total} times")


def _taken(kitchen: Kitchen, key: OrderKey) -> int:
    deliveries = kitchen.control.truth().deliveries
    return sum(sent.taken for sent in deliveries if (sent.subject, sent.topic) == (key.order_id, "orders/create"))


def assert_one_order(kitchen: Kitchen, key: OrderKey) -> None:
    until(lambda: not kitchen.control.truth().undelivered, "every webhook and callback is taken")
    truth = kitchen.control.truth()
    story = kitchen.story(key)
    assert story.record.status is OrderStatus.COMPLETED
    assert len(truth.dispatches_of(story.record.order.name)) == 1
    assert [c.creations for c in truth.confirmations_of(key.order_id)] == [1]
    assert [order.key for order in kitchen.store.stories.list(limit=1000)].count(key) == 1


def late_events(kitchen: Kitchen, key: OrderKey) -> int:
    """Also of those that said nothing new, which the timeline does not tell."""
    late = select(func.count()).where(raw_events.c.order_key == str(key), raw_events.c.state == EventState.LATE.value)
    return kitchen.store.database.read(lambda connection: int(connection.execute(late).scalar_one()))


def test_a_webhook_five_times_before_during_and_after_the_order(kitchen: Kitchen) -> None:
    key = kitchen.sell_on_shopify("PAN")
    send_five_times_more(kitchen, key, total=6)
    kitchen.wait_for(key, OrderStatus.DISPATCHED, OrderStatus.SHIPPED, OrderStatus.COMPLETED)
    run = run_of(kitchen, key)
    send_five_times_more(kitchen, key, total=11)
    kitchen.wait_for(key, OrderStatus.COMPLETED)
    send_five_times_more(kitchen, key, total=16)
    assert_one_order(kitchen, key)
    assert run_of(kitchen, key) == run


def test_after_its_retention_an_order_is_still_known_to_webhook_and_sweep(kitchen: Kitchen) -> None:
    sold, swept = kitchen.sell_on_shopify("PAN"), kitchen.sell_on_amazon("PAN")
    for key in (sold, swept):
        kitchen.wait_for(key, OrderStatus.COMPLETED)
    # Our confirmation changed the order at Amazon, so the next sweep brings it again, after its end.
    until(lambda: late_events(kitchen, swept), "the sweep has brought the closed order again")
    forget(kitchen, sold, swept)
    before = late_events(kitchen, swept)
    send_five_times_more(kitchen, sold, total=6)
    assert kitchen.control.cancel_amazon_order(SELLER, swept.order_id, request_only=True)
    until(lambda: late_events(kitchen, swept) > before, "a change after retention is marked as late")
    for key in (sold, swept):
        assert_one_order(kitchen, key)
        assert run_of(kitchen, key) is None

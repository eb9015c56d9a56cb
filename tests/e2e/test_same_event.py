"""One event however often and whenever it comes, also after Temporal has forgotten the order: one order."""

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client

from orderloom.domain.keys import OrderKey, workflow_id
from orderloom.domain.orders import OrderStatus
from tests.e2e.kitchen import SELLER, SHOP, Kitchen, until


def started_runs(kitchen: Kitchen, key: OrderKey) -> int:
    async def count(client: Client) -> int:
        return (await client.count_workflows(f"WorkflowId = '{workflow_id(key)}'")).count

    return int(str(kitchen.temporal(count)))


def forget(kitchen: Kitchen, key: OrderKey) -> None:
    """What retention does: the closed execution is deleted."""

    async def delete(client: Client) -> None:
        await client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(
                namespace=client.namespace, workflow_execution=WorkflowExecution(workflow_id=workflow_id(key))
            )
        )

    kitchen.temporal(delete)
    until(lambda: started_runs(kitchen, key) == 0, f"Temporal has forgotten {key}")


def assert_one_order(kitchen: Kitchen, key: OrderKey) -> None:
    until(lambda: not kitchen.control.truth().undelivered, "every webhook and callback is taken")
    truth = kitchen.control.truth()
    story = kitchen.story(key)
    assert story.record.status is OrderStatus.COMPLETED
    assert len(truth.dispatches_of(story.record.order.name)) == 1
    assert [c.creations for c in truth.confirmations_of(key.order_id)] == [1]
    assert [order.key for order in kitchen.store.stories.list(limit=1000)].count(key) == 1


def test_a_webhook_five_times_before_during_and_after_the_order_and_its_retention(kitchen: Kitchen) -> None:
    key = kitchen.sell_on_shopify("PAN")
    kitchen.control.resend_webhook(SHOP, key.order_id, times=5)
    kitchen.wait_for(key, OrderStatus.DISPATCHED, OrderStatus.SHIPPED, OrderStatus.COMPLETED)
    kitchen.control.resend_webhook(SHOP, key.order_id, times=5)
    kitchen.wait_for(key, OrderStatus.COMPLETED)
    kitchen.control.resend_webhook(SHOP, key.order_id, times=5)
    assert_one_order(kitchen, key)
    assert started_runs(kitchen, key) == 1
    forget(kitchen, key)
    kitchen.control.resend_webhook(SHOP, key.order_id, times=5)
    assert_one_order(kitchen, key)
    assert started_runs(kitchen, key) == 0


def test_an_order_that_is_swept_again_and_again_is_one_order(kitchen: Kitchen) -> None:
    key = kitchen.sell_on_amazon("PAN")
    kitchen.wait_for(key, OrderStatus.COMPLETED)
    # Our confirmation changed the order at Amazon, so the next sweep brings it again, after its end.
    until(lambda: _late_events(kitchen, key), "the sweep has brought the closed order again")
    assert_one_order(kitchen, key)
    forget(kitchen, key)
    before = _late_events(kitchen, key)
    kitchen.control.cancel_amazon_order(SELLER, key.order_id, request_only=True)
    until(lambda: _late_events(kitchen, key) > before, "a change after retention is marked as late")
    assert_one_order(kitchen, key)
    assert started_runs(kitchen, key) == 0


def _late_events(kitchen: Kitchen, key: OrderKey) -> int:
    return sum(entry.what == "late" for entry in kitchen.story(key).timeline)

"""An operator's wish that starts the order's workflow, as the starter does where Temporal knows none."""

from typing import Any

from temporalio.client import WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from activities.messages import OperatorAnswer, OperatorRequest, OrderEnded, OrderStart
from activities.queues import ORDERS
from orderloom.domain.keys import workflow_id
from tests.workflows.world import World


async def cancel_with_start(world: World) -> OperatorAnswer:
    start: WithStartWorkflowOperation[Any, OrderEnded] = WithStartWorkflowOperation(
        "order",
        OrderStart(key=world.key),
        id=workflow_id(world.key),
        task_queue=ORDERS,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
    )
    answer: OperatorAnswer = await world.client.execute_update_with_start_workflow(
        "cancel", OperatorRequest(by="kim"), start_workflow_operation=start, result_type=OperatorAnswer
    )
    return answer

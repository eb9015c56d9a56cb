"""Many orders side by side in one world: each has a node and SKUs of its own, so that none is in another's way."""

import asyncio
import copy
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import PendingActivityState, WorkflowExecutionStatus
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError

from orderloom.domain.errors import Throttled
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.shipments import Confirmation, ConfirmationReceipt, DispatchRequest, NodeShipment
from orderloom.domain.stock import SkuMaster
from starter.handover import Handover
from tests.workflows.fakes import FakeChannel, FakeNode
from tests.workflows.world import World

LONGEST_PAUSE_SECONDS = 600
ACCOUNTS = {Channel.SHOPIFY: "kitchen", Channel.AMAZON: "kitchen_us"}


@dataclass
class CrowdNode:
    """One node of the merchant, which is a node of its own to each order."""

    of_order: dict[str, FakeNode] = field(default_factory=dict)
    of_dispatch: dict[str, FakeNode] = field(default_factory=dict)

    def dispatch(self, request: DispatchRequest) -> NodeShipment:
        node = self.of_dispatch[request.dispatch_id] = self.of_order[request.order_name]
        return node.dispatch(request)

    def find(self, dispatch_id: str) -> NodeShipment | None:
        return self.of_dispatch[dispatch_id].find(dispatch_id)

    def cancel(self, dispatch_id: str) -> NodeShipment:
        return self.of_dispatch[dispatch_id].cancel(dispatch_id)


@dataclass
class CrowdChannel(FakeChannel):
    """Takes confirmations, except of orders whose turn has not come: those wait for its rate limit."""

    throttled: set[OrderKey] = field(default_factory=set)

    def confirm(self, confirmation: Confirmation) -> ConfirmationReceipt:
        if confirmation.key in self.throttled:
            raise Throttled("channel", 3600)
        return super().confirm(confirmation)


class CrowdOrder(World):
    """One of many orders. `pan` and `lid` are SKUs that only it sells; ten of each lie at its node."""

    pan: str
    lid: str
    channel: CrowdChannel
    handover: Handover
    facts: dict[str, object]
    """What its channel says of it besides its lines, unless a change says otherwise."""

    @property
    def told(self) -> Sequence[Confirmation]:
        return [one for one in self.channel.confirmed if one.key == self.key]

    def know(self, *skus: str, units: int = 10) -> None:
        self.store.catalog.import_skus([SkuMaster(sku=sku, weight_grams=900) for sku in skus])
        self.stock(own=dict.fromkeys(skus, units))

    async def at_rest(self, besides: str = "") -> None:
        """Until nothing of it is under way, `besides` a step: its workflow has ended, or waits for news or a time."""
        while not await _is_at_rest(self.client, self.handle.id, besides):  # noqa: ASYNC110 - the server tells nobody that all is done
            await asyncio.sleep(0.1)


class Crowd:
    """Makes a world the home of many orders."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._node, self._annex = CrowdNode(), CrowdNode()
        self._channels = {Channel.SHOPIFY: CrowdChannel(), Channel.AMAZON: CrowdChannel()}
        self._numbers = itertools.count(1)
        self._orders: list[CrowdOrder] = []
        # The workers of the stage look the node and the channels up in this world at each call.
        world.__dict__.update(
            own=self._node,
            annex=self._annex,
            shopify=self._channels[Channel.SHOPIFY],
            amazon=self._channels[Channel.AMAZON],
        )

    def order(self, channel: Channel) -> CrowdOrder:
        one: CrowdOrder = copy.copy(self._world)  # type: ignore[assignment]
        one.__class__ = CrowdOrder
        number = f"{self._world.key.order_id}-{next(self._numbers)}"
        one.key = OrderKey(channel=channel, account=ACCOUNTS[channel], order_id=number)
        one.facts = {}
        one.pan, one.lid = f"PAN-{number}", f"LID-{number}"
        one.channel, one.handover = self._channels[channel], Handover(one.store.orders)
        one.own = self._node.of_order[f"#{number}"] = FakeNode("own")
        one.annex = self._annex.of_order[f"#{number}"] = FakeNode("annex")
        self._orders.append(one)
        return one

    async def leave(self) -> None:
        for order in self._orders:
            try:
                await order.handle.terminate("the test is over")
            except RPCError:
                # It has ended by itself, or was never started.
                continue


async def _is_at_rest(client: Client, workflow_id: str, besides: str) -> bool:
    # As the server says it: the client's own description decodes much more, and is asked for thousands of times.
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    said = await client.workflow_service.describe_workflow_execution(request)
    if said.workflow_execution_info.status != WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING:
        return True
    if said.HasField("pending_workflow_task"):
        return False
    return all(_is_put_off(step) or step.activity_type.name == besides for step in said.pending_activities)


def _is_put_off(step: PendingActivityInfo) -> bool:
    """Its channel asked to come again later, much later than what is only tried again."""
    is_waiting = step.state == PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED and step.attempt > 1
    return is_waiting and step.current_retry_interval.ToSeconds() > LONGEST_PAUSE_SECONDS

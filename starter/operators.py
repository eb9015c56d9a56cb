"""What an operator asks of an order (release, retry, cancel, reroute): an update that its workflow answers."""

import asyncio
from enum import StrEnum

from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.messages import OperatorAnswer, OperatorRequest
from orderloom.domain.books import OrderBook
from orderloom.domain.errors import OrderClosed, OrderUnknown, OutcomeUnknown, Rejected, Unavailable
from orderloom.domain.keys import OrderKey, workflow_id
from starter.temporal import TemporalConnection

ANSWER_SECONDS = 20.0
"""An update waits for a worker; without one it would wait forever."""


class Request(StrEnum):
    RETRY = "retry"
    RELEASE = "release"
    CANCEL = "cancel"
    REROUTE = "reroute"


class Operators:
    """Asks orders on behalf of a person."""

    def __init__(
        self, orders: OrderBook, temporal: TemporalConnection, *, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self._orders = orders
        self._temporal = temporal
        self._answer_seconds = answer_seconds

    async def ask(self, key: OrderKey, request: Request, *, by: str, why: str) -> OperatorAnswer:
        """What the order answered.

        Raises OrderUnknown, OrderClosed, Rejected where the order refuses or has no workflow, OutcomeUnknown where no
        worker answered in time, and Unavailable where Temporal is away.
        """
        record = await asyncio.to_thread(self._orders.find, key)
        if record is None:
            raise OrderUnknown(key)
        if record.status.is_end:
            raise OrderClosed(key, record.status.value)
        await self._temporal.check()
        return await self._update(await self._temporal.client(), key, request, OperatorRequest(by=by, why=why))

    async def _update(
        self, client: Client, key: OrderKey, request: Request, content: OperatorRequest
    ) -> OperatorAnswer:
        order = client.get_workflow_handle(workflow_id(key))
        try:
            async with asyncio.timeout(self._answer_seconds):
                answer: OperatorAnswer = await order.execute_update(request.value, content, result_type=OperatorAnswer)
                return answer
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            why = f"no answer to {request} within {self._answer_seconds:.0f} s; is a worker running?"
            raise OutcomeUnknown(f"order {key}", f"{why} It may still be done") from None
        except WorkflowUpdateFailedError as refused:
            cause = refused.cause
            code = cause.type if isinstance(cause, ApplicationError) and cause.type else "refused"
            text = cause.message if isinstance(cause, ApplicationError) else type(cause).__name__
            raise Rejected(f"order {key}", code, text) from None
        except RPCError as failure:
            if failure.status is RPCStatusCode.NOT_FOUND:
                raise Rejected(f"order {key}", "not_running", "its workflow is not running") from None
            raise Unavailable("temporal", f"cannot take it now ({failure.status.name})") from failure

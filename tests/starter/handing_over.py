"""What the tests of the relay share: workflows that remember what reached them, and events to hand over."""

from collections.abc import Sequence
from datetime import timedelta

from temporalio.client import WorkflowHandle

from orderloom.domain.events import NewEvent
from orderloom.storage.store import Store
from tests.starter.recording import RecordingOrder

LEASE = timedelta(seconds=30)
NUMBERS = iter(range(1001, 9999))
"""Each test has orders of its own: the server is shared, and the id of a finished order is never free again."""


def keep(store: Store, *events: NewEvent) -> list[str]:
    return [store.events.store(event).event_id for event in events]


async def memory(order: WorkflowHandle[RecordingOrder, Sequence[str]]) -> Sequence[str]:
    return await order.query(RecordingOrder.memory)

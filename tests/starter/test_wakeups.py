"""A wakeup in the database reaches its order through the relay: also one that has lost its workflow."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert
from temporalio.client import Client
from temporalio.service import RPCError

from orderloom.domain.events import EventState
from orderloom.domain.keys import OrderKey, follow_up_id, workflow_id
from orderloom.domain.orders import OrderStatus
from orderloom.storage.store import Store
from orderloom.storage.tables import wakeups
from orderloom.storage.wakeups import RETURN_MAPPED
from starter.relay import Relay
from tests.starter.deliveries import new_event
from tests.starter.handing_over import keep, memory
from tests.starter.orders import record


def leave_wakeup(store: Store, key: OrderKey, reason: str) -> None:
    row = {"order_key": str(key), "reason": reason, "created_at": datetime.now(UTC)}
    store.database.write(lambda connection: connection.execute(insert(wakeups), row))


async def test_a_wakeup_reaches_its_order_once(store: Store, relay: Relay, client: Client, number: int) -> None:
    (event,) = keep(store, new_event(number, "first"))
    await relay.hand_over_batch()
    key = record(store, number, event, OrderStatus.HELD)
    leave_wakeup(store, key, "mapped")
    assert await relay.hand_over_batch() == 1
    assert await relay.hand_over_batch() == 0
    assert await memory(client.get_workflow_handle(workflow_id(key))) == [f"channel {event}", "look mapped"]


async def test_a_wakeup_starts_the_lost_workflow_of_an_open_order_again(
    store: Store, relay: Relay, client: Client, number: int
) -> None:
    (event,) = keep(store, new_event(number, "first"))
    store.events.mark(event, EventState.DELIVERED)
    key = record(store, number, event, OrderStatus.HELD)
    leave_wakeup(store, key, "restocked")
    await relay.hand_over_batch()
    assert await memory(client.get_workflow_handle(workflow_id(key))) == ["look restocked"]
    described = await client.get_workflow_handle(workflow_id(key)).describe()
    assert await described.static_summary() == f"Shopify #{number} · kitchen"


async def test_a_wakeup_starts_an_open_order_again_whose_workflow_was_terminated(
    store: Store, relay: Relay, client: Client, number: int
) -> None:
    (event,) = keep(store, new_event(number, "first"))
    await relay.hand_over_batch()
    key = record(store, number, event, OrderStatus.DISPATCHED)
    await client.get_workflow_handle(workflow_id(key)).terminate("by mistake")
    leave_wakeup(store, key, "lost")
    await relay.hand_over_batch()
    assert await memory(client.get_workflow_handle(workflow_id(key))) == ["look lost"]


async def test_what_came_back_of_a_listing_that_is_mapped_now_is_followed_up_also_after_the_end(
    store: Store, relay: Relay, client: Client, number: int
) -> None:
    (event,) = keep(store, new_event(number, "first"))
    store.events.mark(event, EventState.DELIVERED)
    key = record(store, number, event, OrderStatus.COMPLETED)
    leave_wakeup(store, key, RETURN_MAPPED)
    (wakeup,) = store.events.claim_wakeups(1, timedelta(0))
    await relay.hand_over_batch()
    name = f"{RETURN_MAPPED}-{wakeup.wakeup_id}"
    assert await client.get_workflow_handle(follow_up_id(key, name)).result() == name
    assert await relay.hand_over_batch() == 0


async def test_a_wakeup_of_an_ended_order_starts_nothing(
    store: Store, relay: Relay, client: Client, number: int
) -> None:
    (event,) = keep(store, new_event(number, "first"))
    store.events.mark(event, EventState.DELIVERED)
    key = record(store, number, event, OrderStatus.CANCELLED)
    leave_wakeup(store, key, "restocked")
    assert await relay.hand_over_batch() == 1
    with pytest.raises(RPCError, match="not found"):
        await client.get_workflow_handle(workflow_id(key)).describe()

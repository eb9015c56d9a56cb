"""From a real event log to a real Temporal development server: nothing is lost, nothing is started twice."""

import asyncio
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import select
from temporalio.client import Client
from temporalio.service import RPCError

from orderloom.domain.errors import Unavailable
from orderloom.domain.events import EventSource, EventState
from orderloom.domain.keys import follow_up_id, publisher_id, resolve_id, workflow_id
from orderloom.domain.listing.ports import ListingBook
from orderloom.domain.orders import OrderStatus
from orderloom.storage.store import Store
from orderloom.storage.tables import raw_events
from starter.publishers import Publishers
from starter.relay import Relay
from starter.temporal import TemporalConnection
from tests.starter.deliveries import AT, new_event, order_key
from tests.starter.handing_over import LEASE, NUMBERS, keep, memory
from tests.starter.orders import record
from tests.starter.recording import RecordingOrder, RecordingPublisher
from tests.starter.servers import PATIENCE_SECONDS, TemporalServer
from tests.workflows.fake_listings import KITCHEN, KITCHEN_US, FakeListingBook


def state_of(store: Store, event_id: str) -> EventState:
    statement = select(raw_events.c.state).where(raw_events.c.event_id == event_id)
    return EventState(store.database.read(lambda connection: connection.execute(statement).scalar_one()))


async def test_an_event_starts_its_order_and_is_marked_delivered(
    store: Store, relay: Relay, client: Client, number: int
) -> None:
    (event,) = keep(store, new_event(number, "first"))
    assert await relay.hand_over_batch() == 1
    order = client.get_workflow_handle(workflow_id(order_key(number)))
    assert await memory(order) == [f"channel {event}"]
    assert state_of(store, event) is EventState.DELIVERED
    described = await order.describe()
    shown = {pair.key.name: pair.value for pair in described.typed_search_attributes}
    expected = {"OrderChannel": "shopify", "OrderAccount": "kitchen", "OrderStatus": "arrived"}
    assert expected.items() <= shown.items()
    assert await described.static_summary() == f"Shopify order {number} · kitchen"


async def test_an_event_whose_order_is_not_known_goes_to_a_workflow_that_asks_for_it(
    store: Store, relay: Relay, client: Client, number: int
) -> None:
    nameless = {"topic": "fulfillment_orders/placed_on_hold", "order_key": None}
    (event,) = keep(store, new_event(number, "hold").model_copy(update=nameless))
    assert await relay.hand_over_batch() == 1
    assert await client.get_workflow_handle(resolve_id(event)).result() == event
    assert state_of(store, event) is EventState.STORED
    store.events.name_order(event, order_key(number))
    assert await relay.hand_over_batch() == 1
    order = client.get_workflow_handle(workflow_id(order_key(number)))
    assert await memory(order) == [f"hint {event}"]


async def test_many_sources_converge_on_one_order_in_the_order_they_came(
    store: Store, relay: Relay, client: Client, number: int
) -> None:
    sources = (EventSource.WEBHOOK, EventSource.SWEEP, EventSource.CALLBACK, EventSource.REREAD)
    came = [new_event(number, f"d{i}", source, AT + timedelta(seconds=i)) for i, source in enumerate(sources)]
    events = keep(store, *came)
    await relay.hand_over_batch()
    order = client.get_workflow_handle(workflow_id(order_key(number)))
    kinds = ("channel", "channel", "shipment", "channel")
    assert await memory(order) == [f"{kind} {event}" for kind, event in zip(kinds, events, strict=True)]


async def test_an_event_whose_body_is_not_the_order_is_handed_over_as_a_hint(
    store: Store, relay: Relay, client: Client, number: int
) -> None:
    hint = new_event(number, "refund", received_at=AT + timedelta(seconds=1))
    first, second = keep(store, new_event(number, "first"), hint.model_copy(update={"topic": "refunds/create"}))
    await relay.hand_over_batch()
    order = client.get_workflow_handle(workflow_id(order_key(number)))
    assert await memory(order) == [f"channel {first}", f"hint {second}"]


async def test_two_relays_hand_over_each_event_once(
    store: Store, temporal: TemporalServer, client: Client, number: int
) -> None:
    keys = [next(NUMBERS) for _ in range(30)]
    keep(store, *(new_event(n, f"delivery {n}") for n in keys))
    relays = [Relay(store, TemporalConnection(temporal.connect), lease=LEASE) for _ in range(2)]
    assert sum(await asyncio.gather(*(relay.hand_over_batch() for relay in relays))) == len(keys)
    for n in keys:
        assert len(await memory(client.get_workflow_handle(workflow_id(order_key(n))))) == 1


async def test_an_event_of_an_order_that_has_ended_gets_a_follow_up(
    store: Store, relay: Relay, client: Client, number: int
) -> None:
    first, late = keep(store, new_event(number, "first"), new_event(number, "late"))
    store.events.mark(first, EventState.DELIVERED)
    key = record(store, number, first, OrderStatus.COMPLETED)
    await relay.hand_over_batch()
    assert state_of(store, late) is EventState.LATE
    assert await client.get_workflow_handle(follow_up_id(key, late)).result() == late
    with pytest.raises(RPCError, match="not found"):
        await client.get_workflow_handle(workflow_id(key)).describe()


async def test_a_workflow_that_has_ended_before_its_row_is_never_started_again(
    store: Store, relay: Relay, client: Client, number: int
) -> None:
    keep(store, new_event(number, "first"))
    await relay.hand_over_batch()
    order = client.get_workflow_handle(workflow_id(order_key(number)))
    await order.signal(RecordingOrder.end)
    await order.result()
    (late,) = keep(store, new_event(number, "late"))
    await relay.hand_over_batch()
    assert state_of(store, late) is EventState.LATE
    assert await client.get_workflow_handle(follow_up_id(order_key(number), late)).result() == late


async def test_a_handed_over_event_that_was_not_marked_is_harmless_the_second_time(
    store: Store, relay: Relay, client: Client, number: int
) -> None:
    (event,) = keep(store, new_event(number, "first"))
    await relay.hand_over_batch()
    store.events.mark(event, EventState.STORED)
    await relay.hand_over_batch()
    order = client.get_workflow_handle(workflow_id(order_key(number)))
    assert set(await memory(order)) == {f"channel {event}"}
    assert state_of(store, event) is EventState.DELIVERED


async def test_each_round_wakes_the_publishers_of_accounts_that_have_work(
    store: Store, temporal: TemporalServer, client: Client
) -> None:
    book = FakeListingBook(busy=[KITCHEN])
    publishers = Publishers(cast(ListingBook, book), [KITCHEN, KITCHEN_US])
    relay = Relay(store, TemporalConnection(temporal.connect), lease=LEASE, publishers=publishers)
    assert await relay.hand_over_batch() == 0, "publishers are no events"
    for account in (KITCHEN, KITCHEN_US):
        publisher = client.get_workflow_handle(publisher_id(*account))
        assert await publisher.query(RecordingPublisher.woken) == 1
    described = await publisher.describe()
    assert await described.static_summary() == "Amazon listings · kitchen_us"
    shown = {pair.key.name: pair.value for pair in described.typed_search_attributes}
    assert {"OrderChannel": "amazon", "OrderAccount": "kitchen_us"}.items() <= shown.items()


async def test_events_wait_while_temporal_is_away_and_go_over_when_it_comes(
    store: Store, stopped_temporal: TemporalServer
) -> None:
    relay = Relay(store, TemporalConnection(stopped_temporal.connect), lease=LEASE)
    events = keep(store, new_event(1, "a"), new_event(2, "b"))
    with pytest.raises(Unavailable):
        await relay.hand_over_batch()
    assert len(store.events.claim(10, timedelta(0))) == 2, "nothing may be leased while Temporal is away"

    running = asyncio.create_task(relay.run())
    await asyncio.to_thread(stopped_temporal.start)
    await become(store, events, EventState.DELIVERED)
    relay.stop()
    await running
    found = await (await stopped_temporal.connect()).get_workflow_handle(workflow_id(order_key(1))).describe()
    assert found.workflow_type == "order"


async def test_the_relay_finds_back_to_a_server_that_was_killed(store: Store, stopped_temporal: TemporalServer) -> None:
    relay = Relay(store, TemporalConnection(stopped_temporal.connect), lease=LEASE)
    await asyncio.to_thread(stopped_temporal.start)
    running = asyncio.create_task(relay.run())
    await become(store, keep(store, new_event(1, "before")), EventState.DELIVERED)
    await asyncio.to_thread(stopped_temporal.stop)
    (event,) = keep(store, new_event(1, "while it is away"))
    relay.wake()
    await asyncio.to_thread(stopped_temporal.start)
    await become(store, [event], EventState.DELIVERED)
    relay.stop()
    await running


async def test_a_stored_event_wakes_the_relay_before_its_next_poll(
    store: Store, temporal: TemporalServer, client: Client, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starter.relay.POLL_SECONDS", PATIENCE_SECONDS * 10)
    relay = Relay(store, TemporalConnection(temporal.connect), lease=LEASE)
    running = asyncio.create_task(relay.run())
    first = keep(store, new_event(number, "first"))
    await become(store, first, EventState.DELIVERED, relay)
    second = keep(store, new_event(number, "second"))
    await become(store, second, EventState.DELIVERED, relay)
    relay.stop()
    await running


async def become(store: Store, events: list[str], state: EventState, relay: Relay | None = None) -> None:
    """Wait until all events are in that state, waking the relay as the webhook handler does."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while {state_of(store, event) for event in events} != {state}:
            if relay is not None:
                relay.wake()
            await asyncio.sleep(0.02)

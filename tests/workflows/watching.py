"""What a test sees of one order, and how it waits for what it wants to see."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowHandle

from activities.messages import OrderEnded
from orderloom.domain.keys import OrderKey, workflow_id
from orderloom.domain.orders import Hold, HoldReason, OrderStatus
from orderloom.storage.store import Store

PATIENCE = 90
"""Seconds: longer than any wait of a loaded machine, shorter than a test's own timeout, which would tell nothing."""


class Watching:
    """One order as its database, its card and its history show it."""

    store: Store
    client: Client
    key: OrderKey

    @property
    def handle(self) -> WorkflowHandle[Any, OrderEnded]:
        return self.client.get_workflow_handle(workflow_id(self.key), result_type=OrderEnded)

    @property
    def status(self) -> OrderStatus:
        record = self.store.orders.find(self.key)
        return record.status if record else OrderStatus.ARRIVED

    @property
    def hold(self) -> Hold | None:
        record = self.store.orders.find(self.key)
        return record.hold if record else None

    @property
    def timeline(self) -> list[str]:
        return [entry.what for entry in self.store.stories.show(self.key).timeline]

    @property
    def texts(self) -> list[str]:
        return [entry.text for entry in self.store.stories.show(self.key).timeline]

    def on_hand(self, sku: str) -> int:
        return sum(level.on_hand for level in self.store.ledger.show(sku))

    def reserved(self, sku: str) -> int:
        return sum(level.reserved for level in self.store.ledger.show(sku))

    async def has_happened(self, *kinds: "EventType.ValueType") -> bool:
        """Whether the history of this order's workflow has these events, in this order."""
        events = iter((await self.handle.fetch_history()).events)
        return all(any(event.event_type == kind for event in events) for kind in kinds)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for a condition. Where it does not come, the failure says where the order stands instead."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not holds():  # noqa: ASYNC110 - it happens in other threads, without an event to wait on
                    await asyncio.sleep(0.02)
        except TimeoutError:
            pytest.fail(f"not within {PATIENCE} s. {await self._where_it_stands()}")

    async def _where_it_stands(self) -> str:
        events = (await self.handle.fetch_history()).events
        latest = ", ".join(EventType.Name(event.event_type) for event in events[-15:])
        told = f"{self.status}, {self.hold}, told {self.texts}" if self.store.orders.find(self.key) else "not stored"
        return f"The order: {told}. Its last events: {latest}. Its card: {await self.card()}"

    async def until_card(self, words: str) -> None:
        while words not in await self.card():  # noqa: ASYNC110 - the server tells nobody that a card has changed
            await asyncio.sleep(0.02)

    async def until_status(self, status: OrderStatus) -> None:
        await self.until(lambda: self.status is status)

    async def until_held(self, reason: HoldReason) -> None:
        await self.until(lambda: self.hold is not None and self.hold.reason is reason)

    async def card(self) -> str:
        """What a person reads in the Temporal UI."""
        name = "__temporal_workflow_metadata"
        metadata: WorkflowMetadata = await self.handle.query(name, result_type=WorkflowMetadata)
        return metadata.current_details

"""Histories, search attributes and cards may be shown to anyone, and tell where an order stands."""

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from temporalio.client import WorkflowHandle

from activities.messages import OrderEnded
from orderloom.domain.orders import HoldReason, OrderStatus
from tests.workflows.world import PERSONAL_WORDS, World, line
from workflows import visibility


async def test_no_personal_data_is_in_a_history_or_a_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.own.loses_answers = 1
    world.fail_unexpectedly("cannot write Wilhelmina Quackenbush, 42 Featherstone Lane")
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    assert world.own.asked[0].recipient.name == "Wilhelmina Quackenbush"
    await world.ship(world.own)
    await order.result()
    history = await every_text(order)
    assert world.key.order_id in history
    assert "ValueError at activities/confirming.py" in history
    assert [word for word in PERSONAL_WORDS if word.lower() in history.lower()] == []
    assert [word for word in PERSONAL_WORDS if word.lower() in caplog.text.lower()] == []
    assert "confirm" in caplog.text


async def test_search_attributes_follow_the_order(world: World) -> None:
    order = await world.arrive(world.order(line("1", "NOBODY-KNOWS")))
    await world.until_held(HoldReason.SKU_UNMAPPED)
    seen = (await order.describe()).typed_search_attributes
    assert (seen[visibility.CHANNEL], seen[visibility.ACCOUNT]) == ("shopify", "kitchen")
    assert (seen[visibility.STATUS], seen[visibility.HOLD]) == ("held", "sku_unmapped")
    assert seen[visibility.SHIP_BY].year == 2036
    world.map_listing("NOBODY-KNOWS", "PAN")
    await world.look_again()
    await world.until_card("dispatched")
    seen = (await order.describe()).typed_search_attributes
    assert (seen[visibility.STATUS], seen[visibility.NODES]) == ("dispatched", ["own"])
    assert seen.get(visibility.HOLD) is None


async def test_the_card_says_what_happened_what_it_waits_for_and_what_to_do(world: World) -> None:
    await world.arrive(world.order(line("1", "NOBODY-KNOWS")))
    await world.until_card("Waits for a person")
    card = await world.card()
    assert f"**#{world.key.order_id}: held**" in card
    assert "To do: map it with `orderloom skus import --listings FILE`" in card
    assert "arrived" in card


async def every_text(order: WorkflowHandle[Any, OrderEnded]) -> str:
    """The history as JSON, and every payload in it decoded."""
    text = (await order.fetch_history()).to_json()
    return "\n".join([text, *_decoded(text)])


def _decoded(text: str) -> Iterator[str]:
    for data in re.findall(r'"data":\s*"([^"]*)"', text):
        yield base64.b64decode(data).decode("utf-8", "replace")

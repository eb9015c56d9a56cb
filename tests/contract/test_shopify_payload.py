"""The sandbox's webhook payload against Shopify's own samples: the same keys, values of the same types."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.world import KITCHEN, Receiver, World, order

GONE_BEFORE_2026_10 = {"checkout_id"}
"""Left order webhooks with version 2026-04 (changelog)."""


@pytest.fixture
def payload(world: World, receiver: Receiver) -> dict[str, Any]:
    world.control.place_shopify_order(KITCHEN.account, order(quantity=2, tags=("vip",), with_note=True))
    return receiver.wait(1)[0].json


def _sample(shared: Path, name: str) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads((shared / "samples/shopify" / name).read_text())
    return sample


def _differences(ours: Any, theirs: Any, path: str = "$") -> list[str]:
    """Where both hold something of different types, or an object has other keys. null may stand for anything."""
    if ours is None or theirs is None:
        return []
    if type(ours) is not type(theirs):
        return [f"{path}: {type(ours).__name__}, there {type(theirs).__name__}"]
    if isinstance(ours, dict):
        names = sorted((set(ours) ^ set(theirs)) - GONE_BEFORE_2026_10)
        found = [f"{path}.{name}: {'only ours' if name in ours else 'only theirs'}" for name in names]
        for name in set(ours) & set(theirs):
            found += _differences(ours[name], theirs[name], f"{path}.{name}")
        return found
    if isinstance(ours, list):
        return [text for item in ours for text in _differences(item, theirs[0], f"{path}[]")] if theirs else []
    return []


def test_the_payload_has_the_keys_and_types_of_shopify_s_current_sample(payload: dict[str, Any], shared: Path) -> None:
    assert _differences(payload, _sample(shared, "02_official_sample_2025_shape.json")) == []


def test_what_the_older_sample_also_has_is_of_the_same_type(payload: dict[str, Any], shared: Path) -> None:
    older = _sample(shared, "01_official_sample_2019_orders_create.json")
    differences = _differences(payload, older)
    assert [text for text in differences if not text.endswith(("only ours", "only theirs"))] == []


def test_a_cancelled_payload_has_the_same_keys(world: World, receiver: Receiver, shared: Path) -> None:
    order_id = world.control.place_shopify_order(KITCHEN.account, order())
    world.control.cancel_shopify_order(KITCHEN.account, order_id)
    (cancelled,) = receiver.wait(1, lambda webhook: webhook.headers["x-shopify-topic"] == "orders/cancelled")
    assert _differences(cancelled.json, _sample(shared, "02_official_sample_2025_shape.json")) == []


def test_the_comparison_notices_a_wrong_type_and_a_missing_key() -> None:
    assert _differences({"price": 1, "lines": []}, {"price": "1", "tags": "", "lines": []}) == [
        "$.tags: only theirs",
        "$.price: int, there str",
    ]

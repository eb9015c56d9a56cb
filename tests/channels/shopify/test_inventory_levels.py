"""`inventory_levels/update`: what a location says of itself, or why it cannot be read."""

from datetime import UTC, datetime
from typing import Any

import pytest

from orderloom.channels.shopify import InventoryLevel, read_inventory_level
from orderloom.domain.errors import UnreadableEvent
from tests.channels.shopify.payloads import as_body

BODY: dict[str, Any] = {
    "inventory_item_id": 271878346596884015,
    "location_id": 24826418,
    "available": 6,
    "updated_at": "2026-11-20T10:00:00-05:00",
    "admin_graphql_api_id": "gid://shopify/InventoryLevel/24826418?inventory_item_id=271878346596884015",
}


@pytest.mark.parametrize("available", [6, 0, -4, None])
def test_an_update_names_item_location_and_what_is_available(available: int | None) -> None:
    level = read_inventory_level(as_body(BODY | {"available": available}))
    assert level == InventoryLevel(
        inventory_item_id="271878346596884015",
        location_id="24826418",
        available=available,
        updated_at=datetime(2026, 11, 20, 15, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("inventory_item_id", None),
        ("inventory_item_id", 1.5),
        ("location_id", "24826418"),
        ("available", "6"),
        ("available", 10**10),
        ("updated_at", "yesterday"),
    ],
)
def test_an_update_that_cannot_be_read_names_the_field(field: str, value: object) -> None:
    with pytest.raises(UnreadableEvent) as caught:
        read_inventory_level(as_body(BODY | {field: value}))
    assert caught.value.field == field


@pytest.mark.parametrize("field", ["inventory_item_id", "location_id", "available", "updated_at"])
def test_an_update_without_a_field_that_is_read_is_unreadable(field: str) -> None:
    with pytest.raises(UnreadableEvent):
        read_inventory_level(as_body({name: value for name, value in BODY.items() if name != field}))

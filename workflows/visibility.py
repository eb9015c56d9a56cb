"""What an order shows to a search in Temporal: keys, states and times, nothing personal.

Search attributes lag behind and are for finding orders; business truth is read from the database.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate, TypedSearchAttributes

from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import Hold, OrderStatus

CHANNEL = SearchAttributeKey.for_keyword("OrderChannel")
ACCOUNT = SearchAttributeKey.for_keyword("OrderAccount")
STATUS = SearchAttributeKey.for_keyword("OrderStatus")
HOLD = SearchAttributeKey.for_keyword("OrderHold")
NODES = SearchAttributeKey.for_keyword_list("OrderNodes")
SHIP_BY = SearchAttributeKey.for_datetime("OrderShipBy")
ALL = (CHANNEL, ACCOUNT, STATUS, HOLD, NODES, SHIP_BY)


def at_start(key: OrderKey) -> TypedSearchAttributes:
    """What a starter knows: costs nothing when given with the start."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(CHANNEL, key.channel.value),
            SearchAttributePair(ACCOUNT, key.account),
            SearchAttributePair(STATUS, OrderStatus.ARRIVED.value),
        ]
    )


class Visible:
    """Upserts all that changed in one batch."""

    def __init__(self, key: OrderKey) -> None:
        self._shown: dict[str, object] = {}
        self._key = key

    def show(self, status: OrderStatus, hold: Hold | None, nodes: Sequence[str], ship_by: datetime | None) -> None:
        updates: list[SearchAttributeUpdate[Any]] = []
        for attribute, value in (
            (CHANNEL, self._key.channel.value),
            (ACCOUNT, self._key.account),
            (STATUS, status.value),
            (HOLD, hold.reason.value if hold else None),
            (NODES, list(nodes) or None),
            (SHIP_BY, ship_by),
        ):
            if self._shown.get(attribute.name) != value:
                self._shown[attribute.name] = value
                updates.append(_update(attribute, value))
        if updates:
            workflow.upsert_search_attributes(updates)


def _update(attribute: SearchAttributeKey[Any], value: object) -> SearchAttributeUpdate[Any]:
    return attribute.value_unset() if value is None else attribute.value_set(value)

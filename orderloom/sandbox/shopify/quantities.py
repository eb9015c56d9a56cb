"""inventorySetQuantities and inventoryAdjustQuantities, each all or nothing, with compare-and-set by row.

Codes and fields are Shopify's; the messages of userErrors are ours. Quantities other than what is available and on
hand are not kept here, so they cannot be adjusted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

from orderloom.sandbox.listing_truth import Why
from orderloom.sandbox.shopify.identifiers import number_in
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.shopify.stockroom import Level, ShopListing

MOST_ROWS = 250
MOST_UNITS = 10**9
REASONS = frozenset(
    "correction cycle_count_available damaged movement_canceled movement_created movement_received movement_updated"
    " other promotion quality_control received reservation_created reservation_deleted reservation_updated restock"
    " safety_stock shrinkage".split()
)
_URI = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


@dataclass(frozen=True)
class StockError:
    """One of userErrors."""

    code: str
    field: tuple[str, ...]
    message: str

    def view(self) -> dict[str, Any]:
        return {"code": self.code, "field": ["input", *self.field], "message": self.message}


@dataclass(frozen=True)
class Adjusted:
    """A row that was carried out."""

    listing: ShopListing
    level: Level
    delta: int
    available: int
    on_hand: int


@dataclass(frozen=True)
class _Row:
    listing: ShopListing
    location_id: int
    available: int


def set_quantities(shop: Shop, given: dict[str, Any], key: str) -> list[Adjusted] | list[StockError]:
    """Raises GraphQLError for what Shopify does not answer with userErrors."""
    rows = _checked_rows(given["quantities"], "InventoryQuantityInput")
    errors = [*_head_errors(given, ("available", "on_hand"), "INVALID_NAME"), *_doubled(rows)]
    wanted: list[_Row] = []
    for index, row in enumerate(rows):
        path, place = ("quantities", str(index)), _place(shop, row)
        found = _row_errors(shop, row, path) or _set_errors(row, path, given["name"], place)
        errors += found
        if not found and place:
            committed = place[1].committed if given["name"] == "on_hand" and place[1] else 0
            wanted.append(_Row(place[0], place[2], row["quantity"] - committed))
    return errors or _carried_out(shop, wanted, key)


def adjust_quantities(shop: Shop, given: dict[str, Any], key: str) -> list[Adjusted] | list[StockError]:
    """The same by deltas; a row may name a pair again, and then sees what the rows before it did."""
    rows = _checked_rows(given["changes"], "InventoryChangeInput")
    errors = _head_errors(given, ("available",), "INVALID_QUANTITY_NAME")
    wanted: list[_Row] = []
    running: dict[tuple[int, int], int] = {}
    for index, row in enumerate(rows):
        path, place = ("changes", str(index)), _place(shop, row)
        if found := _row_errors(shop, row, path):
            errors += found
        elif place:
            listing, level, location_id = place
            pair = listing.item_id, location_id
            now = running.get(pair, level.available if level else 0)
            errors += _adjust_errors(row, path, now)
            running[pair] = now + row["delta"]
            wanted.append(_Row(listing, location_id, running[pair]))
    return errors or _carried_out(shop, wanted, key)


def _carried_out(shop: Shop, wanted: list[_Row], key: str) -> list[Adjusted]:
    done = []
    for row in wanted:
        known = row.listing.levels.get(row.location_id)
        before = known.available if known else 0
        shop.stockroom.write(row.listing, row.location_id, row.available, Why.PATCH, key)
        level = row.listing.levels[row.location_id]
        done.append(
            Adjusted(row.listing, level, row.available - before, row.available, row.available + level.committed)
        )
    return done


def _checked_rows(rows: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    if len(rows) > MOST_ROWS:
        message = f"The input array size of {len(rows)} is greater than the maximum allowed of {MOST_ROWS}."
        raise GraphQLError(message, extensions={"code": "MAX_INPUT_SIZE_EXCEEDED"})
    if any("changeFromQuantity" not in row for row in rows):
        message = f"{kind} must include the following argument: changeFromQuantity."
        raise GraphQLError(message, extensions={"code": "INVALID_FIELD_ARGUMENTS"})
    return rows


def _head_errors(given: dict[str, Any], names: tuple[str, ...], wrong_name: str) -> list[StockError]:
    errors = []
    if given["name"] not in names:
        errors.append(StockError(wrong_name, ("name",), f"The quantity name must be one of: {', '.join(names)}."))
    if given["reason"] not in REASONS:
        errors.append(StockError("INVALID_REASON", ("reason",), "The specified reason is invalid."))
    uri = given.get("referenceDocumentUri")
    if uri is not None and not _URI.fullmatch(uri):
        text = "The specified reference document is not a valid URI."
        errors.append(StockError("INVALID_REFERENCE_DOCUMENT", ("referenceDocumentUri",), text))
    return errors


def _doubled(rows: list[dict[str, Any]]) -> Iterator[StockError]:
    seen: set[tuple[str, str]] = set()
    for index, row in enumerate(rows):
        pair = row["inventoryItemId"], row["locationId"]
        if pair in seen:
            text = "The combination of inventoryItemId and locationId must be unique."
            yield StockError("NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", ("quantities", str(index)), text)
        seen.add(pair)


def _place(shop: Shop, row: dict[str, Any]) -> tuple[ShopListing, Level | None, int] | None:
    listing = shop.stockroom.items.get(number_in(row["inventoryItemId"], "InventoryItem") or 0)
    location_id = number_in(row["locationId"], "Location")
    if listing is None or location_id not in shop.stockroom.locations:
        return None
    return listing, listing.levels.get(location_id), location_id


def _row_errors(shop: Shop, row: dict[str, Any], path: tuple[str, ...]) -> list[StockError]:
    errors = []
    if number_in(row["inventoryItemId"], "InventoryItem") not in shop.stockroom.items:
        text = "The specified inventory item could not be found."
        errors.append(StockError("INVALID_INVENTORY_ITEM", (*path, "inventoryItemId"), text))
    if number_in(row["locationId"], "Location") not in shop.stockroom.locations:
        errors.append(
            StockError("INVALID_LOCATION", (*path, "locationId"), "The specified location could not be found.")
        )
    return errors


def _set_errors(
    row: dict[str, Any], path: tuple[str, ...], name: str, place: tuple[ShopListing, Level | None, int] | None
) -> list[StockError]:
    level = place[1] if place else None
    now = (level.available + (level.committed if name == "on_hand" else 0)) if level else 0
    errors = _bound_errors(row["quantity"], (*path, "quantity"))
    if name == "on_hand" and row["quantity"] < 0:
        text = "The quantity on hand cannot be negative."
        errors = [StockError("INVALID_QUANTITY_NEGATIVE", (*path, "quantity"), text)]
    return errors + _stale(row, path, now)


def _adjust_errors(row: dict[str, Any], path: tuple[str, ...], now: int) -> list[StockError]:
    errors = _bound_errors(now + row["delta"], (*path, "delta")) + _stale(row, path, now)
    if row.get("ledgerDocumentUri") is not None:
        text = "A ledger document cannot be given for what is available."
        errors.append(StockError("INVALID_AVAILABLE_DOCUMENT", (*path, "ledgerDocumentUri"), text))
    return errors


def _bound_errors(units: int, path: tuple[str, ...]) -> list[StockError]:
    if units > MOST_UNITS:
        return [StockError("INVALID_QUANTITY_TOO_HIGH", path, "The quantity is too high.")]
    return [StockError("INVALID_QUANTITY_TOO_LOW", path, "The quantity is too low.")] if units < -MOST_UNITS else []


def _stale(row: dict[str, Any], path: tuple[str, ...], now: int) -> list[StockError]:
    """An explicit null asks for no comparison."""
    if row["changeFromQuantity"] in (None, now):
        return []
    text = "The changeFromQuantity argument no longer matches the persisted quantity."
    return [StockError("CHANGE_FROM_QUANTITY_STALE", (*path, "changeFromQuantity"), text)]

"""What GraphQL shows of variants, inventory items, levels and locations, and of a change of quantities."""

from typing import Any

from orderloom.sandbox.clock import iso_seconds
from orderloom.sandbox.shopify.connections import View, connection
from orderloom.sandbox.shopify.identifiers import gid
from orderloom.sandbox.shopify.quantities import Adjusted
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.shopify.stockroom import Level, Location, ShopListing

QUANTITY_NAMES = (
    "available",
    "committed",
    "on_hand",
    "incoming",
    "reserved",
    "damaged",
    "safety_stock",
    "quality_control",
)


def location_view(location: Location) -> View:
    return {
        "__typename": "Location",
        "id": gid("Location", location.id),
        "legacyResourceId": str(location.id),
        "name": location.name,
        "isActive": True,
        "isFulfillmentService": False,
        "fulfillsOnlineOrders": True,
    }


def variant_view(listing: ShopListing) -> View:
    return {
        "__typename": "ProductVariant",
        "id": gid("ProductVariant", listing.variant_id),
        "legacyResourceId": str(listing.variant_id),
        "sku": listing.sku,
        "title": "Default Title",
        "displayName": f"{listing.title} - Default Title",
        "inventoryPolicy": "CONTINUE" if listing.allows_overselling else "DENY",
        "inventoryQuantity": lambda _info: listing.quantity,
        "inventoryItem": lambda _info: item_view(listing),
        "product": {
            "id": gid("Product", listing.product_id),
            "legacyResourceId": str(listing.product_id),
            "title": listing.title,
        },
    }


def item_view(listing: ShopListing) -> View:
    def level_at(_info: Any, **arguments: Any) -> View | None:
        place = arguments["locationId"]
        found = [level for level in listing.levels.values() if gid("Location", level.location.id) == place]
        return level_view(listing, found[0]) if found else None

    def levels(_info: Any, **arguments: Any) -> View:
        return connection(
            sorted(listing.levels.values(), key=lambda level: level.location.id),
            lambda level: level_view(listing, level),
            lambda level: (level.location.id,),
            arguments,
        )

    return {
        "__typename": "InventoryItem",
        "id": gid("InventoryItem", listing.item_id),
        "legacyResourceId": str(listing.item_id),
        "sku": listing.sku,
        "tracked": True,
        "inventoryLevel": level_at,
        "inventoryLevels": levels,
        "variant": lambda _info: variant_view(listing),
    }


def level_view(listing: ShopListing, level: Level) -> View:
    units = {"available": level.available, "committed": level.committed, "on_hand": level.available + level.committed}
    number = f"{listing.item_id}{level.location.id}"

    def quantities(_info: Any, names: list[str]) -> list[View]:
        return [
            {
                "id": f"gid://shopify/InventoryQuantity/{number}?name={name}",
                "name": name,
                "quantity": units.get(name, 0),
                "updatedAt": iso_seconds(level.updated),
            }
            for name in QUANTITY_NAMES
            if name in names
        ]

    return {
        "__typename": "InventoryLevel",
        "id": f"gid://shopify/InventoryLevel/{level.location.id}?inventory_item_id={listing.item_id}",
        "isActive": True,
        "updatedAt": iso_seconds(level.updated),
        "item": lambda _info: item_view(listing),
        "location": location_view(level.location),
        "quantities": quantities,
    }


def adjustment_view(shop: Shop, done: list[Adjusted], given: View) -> View:
    """What is available and what is on hand change together."""
    changes = [
        (one, name, after) for one in done for name, after in (("available", one.available), ("on_hand", one.on_hand))
    ]

    def view(one: Adjusted, name: str, after: int) -> View:
        return {
            "delta": one.delta,
            "name": name,
            "quantityAfterChange": after,
            "ledgerDocumentUri": None,
            "item": item_view(one.listing),
            "location": location_view(one.level.location),
        }

    def chosen(_info: Any, **arguments: Any) -> list[View]:
        def wanted(argument: str, value: str) -> bool:
            return arguments.get(argument) is None or value in arguments[argument]

        return [
            view(one, name, after)
            for one, name, after in changes
            if wanted("inventoryItemIds", gid("InventoryItem", one.listing.item_id))
            and wanted("locationIds", gid("Location", one.level.location.id))
            and wanted("quantityNames", name)
        ]

    return {
        "id": gid("InventoryAdjustmentGroup", shop.next_id()),
        "createdAt": iso_seconds(shop.clock.now()),
        "reason": given["reason"],
        "referenceDocumentUri": given.get("referenceDocumentUri"),
        "changes": chosen,
    }

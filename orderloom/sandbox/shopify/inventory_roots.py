"""The root fields about stock: variants, inventory items, locations, nodes, and the mutations of quantities."""

import re
from collections.abc import Callable
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

from orderloom.sandbox.shopify.connections import View, connection
from orderloom.sandbox.shopify.identifiers import number_in
from orderloom.sandbox.shopify.inventory_views import adjustment_view, item_view, location_view, variant_view
from orderloom.sandbox.shopify.quantities import MOST_ROWS, Adjusted, StockError, adjust_quantities, set_quantities
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.shopify.stockroom import ShopListing

_SKU = re.compile(r"""sku:(?:'([^']*)'|"([^"]*)"|([^\s()]+))""")
_Act = Callable[[Shop, View, str], list[Adjusted] | list[StockError]]


def inventory_queries(shop: Shop) -> View:
    stockroom = shop.stockroom

    def variants(_info: Any, **arguments: Any) -> View:
        found = sorted(_matching(shop, arguments), key=lambda listing: listing.variant_id)
        return connection(found, variant_view, lambda listing: (listing.variant_id,), arguments)

    def items(_info: Any, **arguments: Any) -> View:
        found = sorted(_matching(shop, arguments), key=lambda listing: listing.item_id)
        return connection(found, item_view, lambda listing: (listing.item_id,), arguments)

    def locations(_info: Any, **arguments: Any) -> View:
        by_name = arguments.get("sortKey") != "ID"
        found = sorted((at.name if by_name else "", at.id) for at in stockroom.locations.values())
        return connection(found, lambda place: location_view(stockroom.locations[place[1]]), lambda p: p, arguments)

    def nodes(_info: Any, ids: list[str]) -> list[View | None]:
        if len(ids) > MOST_ROWS:
            message = f"The input array size of {len(ids)} is greater than the maximum allowed of {MOST_ROWS}."
            raise GraphQLError(message, extensions={"code": "MAX_INPUT_SIZE_EXCEEDED"})
        return [_node(shop, id) for id in ids]

    return {
        "productVariants": variants,
        "productVariant": lambda _info, id: _node(shop, id, "ProductVariant"),
        "inventoryItems": items,
        "inventoryItem": lambda _info, id: _node(shop, id, "InventoryItem"),
        "location": lambda _info, id=None: _node(shop, id or _first_location(shop), "Location"),
        "locations": locations,
        "nodes": nodes,
        "node": lambda _info, id: _node(shop, id),
    }


def inventory_mutations(shop: Shop) -> View:
    def mutation(act: _Act) -> Callable[..., View]:
        def resolve(info: GraphQLResolveInfo[Any], input: View) -> View:
            def carry_out(key: str) -> View:
                return _payload(shop, act(shop, input, key), input)

            return shop.idempotency.once(info, input, carry_out)

        return resolve

    return {
        "inventorySetQuantities": mutation(set_quantities),
        "inventoryAdjustQuantities": mutation(adjust_quantities),
    }


def _payload(shop: Shop, done: list[Adjusted] | list[StockError], given: View) -> View:
    errors = [one.view() for one in done if isinstance(one, StockError)]
    adjusted = [one for one in done if isinstance(one, Adjusted)]
    group = None if errors else adjustment_view(shop, adjusted, given)
    return {"inventoryAdjustmentGroup": group, "userErrors": errors}


def _first_location(shop: Shop) -> str:
    return f"gid://shopify/Location/{shop.location_id}"


def _node(shop: Shop, identifier: str, kind: str | None = None) -> View | None:
    """One of the kinds that stock is made of; anything else is not found."""
    stockroom = shop.stockroom
    views: dict[str, Callable[[int], View | None]] = {
        "InventoryItem": lambda n: item_view(stockroom.items[n]) if n in stockroom.items else None,
        "ProductVariant": lambda n: next(
            (variant_view(listing) for listing in stockroom.items.values() if listing.variant_id == n), None
        ),
        "Location": lambda n: location_view(stockroom.locations[n]) if n in stockroom.locations else None,
    }
    for name in (kind,) if kind else views:
        number = number_in(identifier, name)
        if number is not None:
            return views[name](number)
    return None


def _matching(shop: Shop, arguments: View) -> list[ShopListing]:
    """All, or those of `sku:` terms joined by OR. Any other term is an error here; Shopify would ignore it."""
    query = arguments.get("query") or ""
    skus = {text for groups in _SKU.findall(query) for text in groups if text}
    if unknown := [word for word in re.sub(r"[()]", " ", _SKU.sub(" ", query)).split() if word != "OR"]:
        raise GraphQLError(f"The sandbox cannot search for {' '.join(unknown)!r}")
    return [listing for listing in shop.stockroom.items.values() if not skus or listing.sku in skus]

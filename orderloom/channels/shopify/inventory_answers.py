"""The answers to our documents about stock, typed."""

from orderloom.channels.shopify.answers import GraphQLModel, Named, Page
from orderloom.channels.wire import Many, Text


class Location(Named):
    is_active: bool
    fulfills_online_orders: bool


class _Quantity(GraphQLModel):
    quantity: int


class Level(GraphQLModel):
    """One item at one location."""

    location: Location
    quantities: tuple[_Quantity, ...]

    @property
    def available(self) -> int:
        """May be negative: Shopify lets staff and a variant that continues selling go below zero."""
        return sum(quantity.quantity for quantity in self.quantities)


class Variant(Named):
    sku: Text | None = None
    display_name: Text
    inventory_policy: str


class Item(Named):
    tracked: bool
    inventory_levels: Page[Level]


class StockedVariant(Variant):
    inventory_item: Item


class ItemOfVariant(Item):
    variant: Variant


class ReadOffers(GraphQLModel):
    product_variants: Page[StockedVariant]


class ReadInventoryItems(GraphQLModel):
    nodes: tuple[ItemOfVariant | None, ...]


class _Levels(GraphQLModel):
    inventory_levels: Page[Level]


class MoreInventoryLevels(GraphQLModel):
    inventory_item: _Levels


class _Group(GraphQLModel):
    id: str


class StockError(GraphQLModel):
    """`field` of an error about one row is `["input", "quantities", "<index>", ...]`."""

    code: str | None = None
    field: Many[str] = ()
    message: str

    @property
    def row(self) -> int | None:
        index = self.field[2] if len(self.field) > 2 and self.field[1] == "quantities" else ""
        return int(index) if index.isascii() and index.isdecimal() else None


class QuantitiesSet(GraphQLModel):
    inventory_adjustment_group: _Group | None = None
    user_errors: tuple[StockError, ...]


class SetQuantities(GraphQLModel):
    inventory_set_quantities: QuantitiesSet

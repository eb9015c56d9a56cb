"""What the merchant says of a place that ships: what it is, how it is reached, who counts its stock."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Discriminator, HttpUrl, PositiveFloat, StringConstraints, Tag, model_validator

from orderloom.domain.keys import Slug
from orderloom.domain.model import Bound
from orderloom.domain.node_api import NodeApi
from orderloom.domain.node_profile import NodeProfile, StockReading
from orderloom.domain.nodes import MultiChannel


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError) as unknown:
        raise ValueError(f"{name!r} is no IANA time zone; write e.g. America/New_York") from unknown
    return name


ShopifyLocation = Annotated[str, StringConstraints(pattern=r"^(gid://shopify/Location/)?[0-9]+$")]
"""Its number, or its gid. No two shops have a location of one number."""
LocationByShop = dict[Slug, ShopifyLocation]
OneOrByShop = Annotated[
    Annotated[ShopifyLocation, Tag("location")] | Annotated[LocationByShop, Tag("by_shop")],
    Discriminator(lambda given: "by_shop" if isinstance(given, dict) else "location"),
]


AMAZON_PARCELS_EVERY = timedelta(hours=4)


class NodeKind(StrEnum):
    FBA = "fba"
    THIRD_PARTY = "3pl"
    WAREHOUSE = "warehouse"


class NodeSettings(NodeProfile):
    """A place that ships. `url` is where an HTTP node listens; FBA has none."""

    node: Slug
    kind: NodeKind
    name: str
    pool: Slug
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    url: HttpUrl | None = None
    shopify_location: OneOrByShop | None = None
    """What stands for it in Shopify: one location, or one for each shop (by its account) that sells from it."""
    ask_after: timedelta = timedelta(hours=6)
    """How long a dispatched shipment may be silent before the node is asked about it."""
    gives_up_after: Bound | None = None
    """How long nothing of a shipment may leave before its node is asked to let go of it, so that another one may ship.
    Without it the node is asked and a person told, and the shipment stays."""
    parcels_every: Bound | None = None
    """How often each package that has left is asked about until it has arrived, where the node does not report that:
    whether it was delivered, is lost, or goes under another label."""
    per_second: PositiveFloat | None = None
    """How many steps a second may be begun there, over all workers."""
    api: NodeApi | None = None
    """The node's own HTTP API. Without it the node speaks the node protocol (docs/node-protocol.md)."""
    stock: StockReading | None = None
    """The node is asked what it has: by its `api`, or by the node protocol."""
    mastered: Literal["here", "elsewhere"] = "here"
    """Who keeps the count: our ledger, or the system that `stock` asks. The latter's is read and never set."""
    multi_channel: MultiChannel | None = None
    """FBA that also ships shop orders, by Multi-Channel Fulfillment. Without it FBA is only observed."""

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> "NodeSettings":
        if self.kind is not NodeKind.FBA and self.url is None:
            raise ValueError(f"a {self.kind} node needs a url; add `url: https://...`")
        if self.api and self.kind is NodeKind.FBA:
            raise ValueError("a node of kind fba has no api; it is reached by multi_channel")
        if self.multi_channel and self.kind is not NodeKind.FBA:
            raise ValueError(f"a {self.kind} node has no multi_channel; only a node of kind fba has")
        if self.stock and self.kind is NodeKind.FBA:
            raise ValueError("a node of kind fba is not asked; its stock is read from Amazon, so leave `stock` out")
        if self.parcels_every and not self.takes_dispatches:
            raise ValueError("has no packages of ours to ask about; leave `parcels_every` out, or add multi_channel")
        if self.stock and self.api and not (self.api.stock or self.api.preset):
            raise ValueError("is asked for its stock, and its `api` has no `stock` and `levels`; describe them")
        if self.is_master and not self.stock:
            raise ValueError("is mastered elsewhere, so it must be read; add `stock: {every: PT15M}`")
        return self

    def location_in(self, shop: str) -> str | None:
        """The number of the Shopify location that stands for it in a shop, by the shop's account."""
        written = self.shopify_location
        given = written.get(shop) if isinstance(written, dict) else written
        return given.rpartition("/")[2] if given else None

    @property
    def requests_per_second(self) -> float:
        """As set; else what Amazon documents for each operation of Multi-Channel Fulfillment, or what a 3PL bears."""
        return self.per_second or (2.0 if self.kind is NodeKind.FBA else 20.0)

    @property
    def parcels_are_asked_every(self) -> timedelta | None:
        """As set; Multi-Channel Fulfillment tells of no arrival by itself."""
        return self.parcels_every or (AMAZON_PARCELS_EVERY if self.multi_channel else None)

    @property
    def is_followed(self) -> bool:
        """It is swept, because it tells of something only when it is asked."""
        return self.multi_channel is not None or self.parcels_every is not None

    @property
    def is_master(self) -> bool:
        """Its own system keeps the count of its stock."""
        return self.mastered == "elsewhere"

    @property
    def takes_dispatches(self) -> bool:
        """It ships what it is asked to; else it ships by itself and is observed."""
        return self.kind is not NodeKind.FBA or self.multi_channel is not None

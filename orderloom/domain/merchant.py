"""What the merchant configures: accounts, nodes, pools and routing rules (config/orderloom.yaml)."""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PositiveInt, StringConstraints, model_validator

from orderloom.domain.action_settings import ActionSettings
from orderloom.domain.carriers import CarrierName, CarrierSettings
from orderloom.domain.exchange import Exchange
from orderloom.domain.keys import Channel, Slug
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.model import Bound, Frozen, Utc
from orderloom.domain.node_profile import Place
from orderloom.domain.node_settings import NodeKind, NodeSettings
from orderloom.domain.returning import ReturnRule
from orderloom.domain.rulebook import Rule
from orderloom.domain.waiting import DispatchWhen

SetName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,40}$")]


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as wrong:
        raise ValueError(f"{text!r} is no regular expression: {wrong}") from None
    return text


class ImportedOrders(Frozen):
    """How to tell the Shopify copies of orders that an Amazon channel app imported: any match is enough."""

    app_ids: tuple[str, ...] = ()
    source_names: tuple[str, ...] = ("amazon",)
    order_id_pattern: Annotated[str, AfterValidator(_pattern)] = r"\b\d{3}-\d{7}-\d{7}\b"
    """Searched in source_identifier, name, note attributes and tags."""


class NotificationQueue(Frozen):
    """The SQS queue that Amazon sends an account's notifications to; no other account reads it."""

    queue_url: Annotated[str, Field(pattern=r"^https?://[^\s/]+/\S+$")]
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
    """The AWS region that the queue lies in, e.g. us-east-1; not the account's."""


class AmazonAccount(Frozen):
    """An Amazon seller in one region."""

    channel: Literal[Channel.AMAZON]
    account: Slug
    seller_id: str
    region: Literal["na", "eu", "fe"] = "na"
    marketplaces: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)]
    live_from: Utc | None = None
    pool: Slug = "own"
    look_back_days: PositiveInt = 30
    """How far the first sweep looks back for orders that are still open."""
    publish: bool = True
    """Keep its listings in step with the stock. Safe to leave on: only SKUs that were counted are ever written."""
    effect_bound: Bound = timedelta(minutes=5)
    """How long after Amazon accepted a quantity it shows on the listing, at the latest."""
    sight_bound: Bound | None = None
    """How long after a buyer's order we know of it, at the latest. None: what sweeping takes (listing/choice.py)."""
    notifications: NotificationQueue | None = None
    """Where its notifications come from. Without it the account is only swept."""
    returns_every: Bound | None = timedelta(hours=4)
    """How often the report of returns to its own warehouses is read. None: never."""

    def pool_of(self, listing: str) -> str:
        """The pool that a listing sells from."""
        return self.pool


class ShopifyAccount(Frozen):
    """A Shopify shop."""

    channel: Literal[Channel.SHOPIFY]
    account: Slug
    shop: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*\.myshopify\.com$")]
    live_from: Utc | None = None
    pool: Slug = "own"
    notify_customer: bool = False
    notify_corrections: bool = False
    """The buyer hears also when a package of theirs gets another tracking number."""
    dispatch_when: DispatchWhen = DispatchWhen.AUTHORIZED
    refund_on_cancel: bool = True
    """An order that is cancelled from here is refunded to where its payment came from."""
    imported_orders: ImportedOrders = ImportedOrders()
    publish: bool = True
    """Keep its listings in step with the stock. Safe to leave on: only SKUs that were counted are ever written."""
    sight_bound: Bound = timedelta(seconds=10)
    """Webhooks come after 0.5-2 s; one that Shopify gave up on after 5 s comes again."""
    pools: dict[str, Slug] = Field(default_factory=dict)
    """Listings that sell from another pool than the account's, by their name (the seller SKU)."""

    def pool_of(self, listing: str) -> str:
        """The pool that a listing sells from."""
        return self.pools.get(listing, self.pool)


Account = Annotated[AmazonAccount | ShopifyAccount, Field(discriminator="channel")]


class ListingSettings(Frozen):
    """How stock is offered: one policy for all SKUs, and what single SKUs do otherwise.

    `shares` name a channel (`amazon`) or an account (`shopify:kitchen`).
    """

    default: ListingPolicy = ListingPolicy()
    skus: dict[str, ListingPolicy] = Field(default_factory=dict)
    """Only what differs has to be written; the rest is taken from `default`."""
    fba_percent: Annotated[float, Field(ge=0, lt=1)] = 0.15
    """Held back of a pool in Amazon's warehouses, which Amazon sells too: at least this part, always `shared`."""
    fba_every: Bound = timedelta(minutes=15)
    """How often Amazon is asked what its warehouses have."""
    reconcile_every: Bound = timedelta(hours=6)
    """How often every account is compared with its channel, all listings and the orders of the last day."""

    @model_validator(mode="before")
    @classmethod
    def _fill_from_default(cls, given: Any) -> Any:
        if not isinstance(given, dict) or not isinstance(given.get("skus"), dict):
            return given
        default = given.get("default") or {}
        default = default.model_dump(exclude_unset=True) if isinstance(default, ListingPolicy) else default
        if not isinstance(default, dict):
            return given
        skus = {sku: {**default, **own} if isinstance(own, dict) else own for sku, own in given["skus"].items()}
        return {**given, "skus": skus}

    def policy(self, sku: str) -> ListingPolicy:
        return self.skus.get(sku, self.default)


class MerchantConfig(Frozen):
    """The whole of config/orderloom.yaml. Unknown names and doubled slugs are refused."""

    merchant: str
    accounts: tuple[Account, ...]
    nodes: tuple[NodeSettings, ...]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    sets: dict[SetName, tuple[str, ...]] = Field(default_factory=dict)
    node_groups: dict[Slug, Annotated[tuple[Slug, ...], Field(min_length=1)]] = Field(default_factory=dict)
    actions: dict[Slug, ActionSettings] = Field(default_factory=dict)
    """What rules may have done beside shipping, by name."""
    exchange: Exchange = Exchange()
    places: tuple[Place, ...] = ()
    ship_by_alert: timedelta = timedelta(hours=12)
    """How long before ship-by an order that has not shipped is called out."""
    listings: ListingSettings = ListingSettings()
    returns: tuple[ReturnRule, ...] = ()
    """What is done with units that come back; the first rule that fits decides."""
    carriers: dict[CarrierName, CarrierSettings] = Field(default_factory=dict)
    """Carriers beside the built-in ones, and what else is known of those."""

    def account(self, channel: Channel, account: str) -> "AmazonAccount | ShopifyAccount | None":
        return next((a for a in self.accounts if (a.channel, a.account) == (channel, account)), None)

    def fba_node(self, account: str) -> NodeSettings | None:
        """The node that stands for an Amazon account's stock in Amazon's warehouses, where that is plain."""
        found = [node for node in self.nodes if node.kind is NodeKind.FBA]
        named = [node for node in found if node.multi_channel and node.multi_channel.account == account]
        sellers = [other for other in self.accounts if other.channel is Channel.AMAZON]
        plain = named or (found if len(found) == len(sellers) == 1 else [])
        return plain[0] if plain else None

    def node_at(self, account: str, location: str | None) -> str | None:
        """The node that a place of a shop belongs to; None where it is none of ours."""
        found = (n.node for n in self.nodes if location and n.location_in(account) == location)
        return next(found, None) if self.account(Channel.SHOPIFY, account) else None

    def node(self, node: str) -> NodeSettings | None:
        return next((n for n in self.nodes if n.node == node), None)

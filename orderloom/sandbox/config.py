"""Which accounts and nodes the sandbox plays, and how fast its published limits run (sandbox.json)."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt

Name = Annotated[str, Field(min_length=1)]

DEFAULT_SCOPES = (
    "read_orders",
    "write_orders",
    "read_returns",
    "read_products",
    "read_inventory",
    "write_inventory",
    "read_locations",
    "read_merchant_managed_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AmazonSellerConfig(_Part):
    account: Name
    seller_id: Name
    marketplaces: Annotated[tuple[str, ...], Field(min_length=1)]
    client_id: Name
    client_secret: Name
    refresh_token: Name
    token_seconds: PositiveInt = 3600
    """How long an access token lives; Amazon's live one hour."""


class LocationConfig(_Part):
    name: Name
    id: PositiveInt | None = None
    """The number in its gid; invented where it is left out."""


class ShopConfig(_Part):
    account: Name
    shop: Name
    """The shop's domain, e.g. `copper-oak-kitchen.myshopify.com`."""
    webhook_secret: Name
    access_token: Name
    """A fixed token of an older custom app; always accepted."""
    client_id: Name
    client_secret: Name
    token_seconds: PositiveInt = 86_400
    """How long a client-credentials token lives; Shopify's live 24 hours."""
    subscribed: bool = True
    """Every topic is sent to the starter from the start; without it nothing is, until somebody subscribes."""
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    """What the merchant granted to the app."""
    locations: Annotated[tuple[LocationConfig, ...], Field(min_length=1)] = (LocationConfig(name="Warehouse"),)
    """Where stock lies, in the order in which online orders are sold from them."""


class NodeConfig(_Part):
    node: Name
    token: Name
    callback_secret: Name
    pick_seconds: NonNegativeFloat = 2.0
    """Real seconds from accepting a shipment to shipping it; `speed` does not divide it."""


class SandboxConfig(_Part):
    speed: PositiveFloat = 1.0
    """How many times faster than published the rate limits refill and the 2-minute lag of searchOrders passes."""
    seed: int | None = None
    """Fixes ids, faults and fake people. Without it every run has other order ids, so a kept database sees no clash."""
    starter_url: str | None = None
    """Where webhooks and callbacks go; without it nothing is sent."""
    sqs_endpoint: str | None = None
    """Where SQS listens for Amazon's notifications; without it none is sent."""
    amazon: tuple[AmazonSellerConfig, ...] = ()
    shopify: tuple[ShopConfig, ...] = ()
    nodes: tuple[NodeConfig, ...] = ()

    @classmethod
    def load(cls, path: Path) -> "SandboxConfig":
        """Read sandbox.json; raises OSError or pydantic's ValidationError."""
        return cls.model_validate_json(path.read_bytes())

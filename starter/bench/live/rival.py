"""The batch connector's own stage: a second sandbox, in which nobody but it writes, and its clients over HTTP.

It is another one so that its orders do not become orderloom's work. Its lags are compressed as much as the sale is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orderloom.channels.shopify.tokens import base_url
from orderloom.domain.errors import InputInvalid
from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Offer
from orderloom.domain.merchant import MerchantConfig, ShopifyAccount
from orderloom.sandbox.config import SandboxConfig
from orderloom.sandbox.control import SandboxControl
from orderloom.sandbox.knobs import Knobs
from orderloom.sandbox.running import running_sandbox
from orderloom.settings import Settings
from starter.bench.live.connector import BatchConnector
from starter.bench.live.shelf import Shelf
from starter.bench.live.sold import sold_on_amazon, sold_on_shopify
from starter.clients import Clients, build_clients
from starter.stack.secrets import StackSecrets

PUBLISHED_EFFECT_SECONDS = (1.0, 10.0)


@dataclass(frozen=True)
class Rival:
    """Opens connectors for articles in its sandbox."""

    control: SandboxControl
    config: MerchantConfig
    settings: Settings
    clients: Clients

    def connector(self, shelf: Shelf, stock: int) -> BatchConnector:
        """One that counts orders from now on. Raises InputInvalid for an article that is not listed."""
        since = datetime.now(UTC)
        places = [(Channel(name), account) for name, account in shelf.accounts.items()]
        amazon = self.clients.amazon[shelf.accounts[Channel.AMAZON]]
        return BatchConnector(
            stock=stock,
            channels={channel.value: self.clients.listings[channel, account] for channel, account in places},
            offers={channel.value: self._offer(channel, account, shelf.sku) for channel, account in places},
            sold={
                Channel.AMAZON: sold_on_amazon(amazon, shelf.sku, since),
                Channel.SHOPIFY: sold_on_shopify(*self._shop(shelf.accounts[Channel.SHOPIFY]), shelf.sku, since),
            },
        )

    def _offer(self, channel: Channel, account: str, sku: str) -> Offer:
        client, token = self.clients.listings[channel, account], None
        while True:
            page = client.offers(token)
            found = next((offer for offer in page.offers if offer.key.listing == sku), None)
            if found:
                return found
            if page.next_token is None:
                raise InputInvalid("sandbox", None, sku, f"is not listed on {channel}")
            token = page.next_token

    def _shop(self, account: str) -> tuple[str, str]:
        """The address of its Admin API, and a token."""
        shop = next(a.shop for a in self.config.accounts if isinstance(a, ShopifyAccount) and a.account == account)
        url = f"{base_url(shop, self.settings.shopify_endpoint)}/admin/api/{self.settings.shopify_api_version}"
        secret = self.settings.accounts[account].access_token
        return f"{url}/graphql.json", secret.get_secret_value() if secret else ""


@contextmanager
def open_rival(home: Path, config: MerchantConfig, factor: float) -> Iterator[Rival]:
    """Published times pass `factor` times faster in it."""
    home.mkdir(parents=True, exist_ok=True)
    secrets = StackSecrets.load_or_create(home / "stack.json", config)
    content = secrets.for_sandbox(config, speed=factor, starter_url="", pick_seconds=1.0)
    with running_sandbox(SandboxConfig.model_validate({**content, "starter_url": None})) as sandbox:
        least, most = PUBLISHED_EFFECT_SECONDS
        sandbox.control.set_knobs(Knobs(listing_effect_seconds=(least / factor, most / factor)))
        # Given here, so that no address or token of a real shop in the environment can take their place.
        places: dict[str, Any] = {
            "amazon_endpoint": sandbox.url,
            "amazon_token_url": f"{sandbox.url}/auth/o2/token",
            "shopify_endpoint": f"{sandbox.url}/shopify",
            **secrets.for_settings(),
        }
        settings = Settings(state_dir=home, **places)
        clients = build_clients(settings, config)
        try:
            yield Rival(sandbox.control, config, settings, clients)
        finally:
            clients.close()

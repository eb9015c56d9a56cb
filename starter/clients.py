"""The clients that speak to the configured accounts and nodes, built from the settings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog
from pydantic import SecretStr

from orderloom.channels.amazon import AmazonChannel, AmazonCredentials
from orderloom.channels.amazon.mcf import MultiChannelNode
from orderloom.channels.shopify import ClientCredentials, FixedToken, GuardedToken, ShopifyChannel, TokenProvider
from orderloom.domain.accounts import AccountBook
from orderloom.domain.action_settings import ActionSettings, is_private
from orderloom.domain.errors import AccountPaused, ConfigInvalid
from orderloom.domain.keys import Channel
from orderloom.domain.listing.ports import ListingChannel
from orderloom.domain.merchant import AmazonAccount, MerchantConfig, ShopifyAccount
from orderloom.domain.node_settings import NodeSettings
from orderloom.domain.ports import SalesChannel
from orderloom.fulfillment import (
    DescribedApi,
    DescribedCallbacks,
    DescribedNode,
    HttpAction,
    HttpNode,
    NodeCallbackReader,
)
from orderloom.fulfillment.presets import complete
from orderloom.settings import AccountSecrets, ActionSecrets, Settings
from orderloom.storage.store import Store

log = structlog.stdlib.get_logger(__name__)


@dataclass
class Clients:
    """Everything that holds connections to the outside. `close` when the process ends."""

    amazon: dict[str, AmazonChannel]
    shopify: dict[str, ShopifyChannel]
    nodes: dict[str, HttpNode]
    callbacks: dict[str, NodeCallbackReader]
    apis: dict[str, DescribedApi] = field(default_factory=dict)
    """Nodes with an API of their own."""

    def described_readers(self, config: MerchantConfig, store: Store) -> dict[str, DescribedCallbacks]:
        """Of nodes that report in their own shape. What is stored was verified, so no secret is needed."""
        found = {node.node: described_callbacks(node, (), store) for node in config.nodes}
        return {node: reader for node, reader in found.items() if reader}

    actions: dict[str, HttpAction] = field(default_factory=dict)

    def described_nodes(self, store: Store) -> dict[str, DescribedNode]:
        return {
            node: api.node(store.shipments.lines_of, store.shipments.packages_under) for node, api in self.apis.items()
        }

    def multi_channel_nodes(self, config: MerchantConfig, store: Store) -> dict[str, MultiChannelNode]:
        """FBA where it ships shop orders, by node: it speaks through its account's channel."""
        return {
            node.node: self.amazon[node.multi_channel.account].multi_channel(
                node.multi_channel,
                seller_skus=partial(store.catalog.names_of, Channel.AMAZON, node.multi_channel.account),
                lines_of=store.shipments.lines_of,
            )
            for node in config.nodes
            if node.multi_channel
        }

    @property
    def channels(self) -> dict[tuple[Channel, str], SalesChannel]:
        """By channel and account."""
        amazon: dict[tuple[Channel, str], SalesChannel] = {(Channel.AMAZON, n): c for n, c in self.amazon.items()}
        return {**amazon, **{(Channel.SHOPIFY, name): client for name, client in self.shopify.items()}}

    @property
    def listings(self) -> dict[tuple[Channel, str], ListingChannel]:
        """By channel and account."""
        amazon: dict[tuple[Channel, str], ListingChannel] = {
            (Channel.AMAZON, name): client.listings for name, client in self.amazon.items()
        }
        return {**amazon, **{(Channel.SHOPIFY, name): client.listings for name, client in self.shopify.items()}}

    def close(self) -> None:
        for each in (self.amazon, self.shopify, self.nodes, self.apis, self.actions):
            for client in each.values():
                client.close()


def build_clients(settings: Settings, config: MerchantConfig, accounts: AccountBook | None = None) -> Clients:
    """A shop that `accounts` has as paused is not called.

    Raises ConfigInvalid for an account without the secrets that its channel needs.
    """
    timeout = settings.http_timeout.total_seconds()
    amazon = {a.account: build_amazon(settings, a) for a in config.accounts if isinstance(a, AmazonAccount)}
    shops = [account for account in config.accounts if isinstance(account, ShopifyAccount)]
    shopify = {shop.account: build_shopify(settings, config, shop, accounts) for shop in shops}
    nodes: dict[str, HttpNode] = {}
    apis: dict[str, DescribedApi] = {}
    callbacks: dict[str, NodeCallbackReader] = {}
    for node in http_nodes(config):
        secrets = settings.nodes.get(node.node)
        if secrets is None:
            log.warning("a node has no secrets: nothing can be dispatched there", node=node.node)
            continue
        url = settings.node_urls.get(node.node) or str(node.url)
        token = secrets.token.get_secret_value()
        if node.api:
            apis[node.node] = DescribedApi(node.node, url, node.api, token, timeout=timeout)
        else:
            nodes[node.node] = HttpNode(node.node, url, token, timeout=timeout)
        signed_with = [secret.get_secret_value() for secret in secrets.callback_secrets]
        callbacks[node.node] = NodeCallbackReader(node.node, signed_with)
    return Clients(
        amazon=amazon,
        shopify=shopify,
        nodes=nodes,
        callbacks=callbacks,
        apis=apis,
        actions=build_actions(settings, config),
    )


def build_actions(settings: Settings, config: MerchantConfig) -> dict[str, HttpAction]:
    """Raises ConfigInvalid for an action without an address or token, or that would send personal data in the open."""
    return {
        name: _action(name, action, settings.actions.get(name, ActionSecrets()))
        for name, action in config.actions.items()
    }


def _action(name: str, action: ActionSettings, secrets: ActionSecrets) -> HttpAction:
    url = secrets.url.get_secret_value() if secrets.url else action.url
    if not url:
        raise ConfigInvalid("ORDERLOOM_ACTIONS", None, f"{name}.url", "is missing, and the configuration has none")
    if action.personal and not is_private(url):
        raise ConfigInvalid("ORDERLOOM_ACTIONS", None, f"{name}.url", "would get personal data; write an https address")
    if action.auth and secrets.token is None:
        raise ConfigInvalid(
            "ORDERLOOM_ACTIONS", None, f"{name}.token", f"is missing; the action has auth: {action.auth}"
        )
    return HttpAction(name, action, url, secrets.token.get_secret_value() if secrets.token else "")


def described_callbacks(node: NodeSettings, secrets: Sequence[str], store: Store) -> DescribedCallbacks | None:
    """None where the node reports by the node protocol, or not at all."""
    if node.api is None or complete(node.api).callback is None:
        return None
    return DescribedCallbacks(node.node, node.api, secrets, store.shipments.lines_of, store.shipments.packages_under)


def http_nodes(config: MerchantConfig) -> list[NodeSettings]:
    """The nodes that are reached at a url of their own; FBA is reached by its Amazon account."""
    return [node for node in config.nodes if node.url is not None]


def build_amazon(settings: Settings, account: AmazonAccount) -> AmazonChannel:
    secrets = settings.accounts.get(account.account, AccountSecrets())
    credentials = AmazonCredentials(
        client_id=_needed(account.account, "client_id", secrets.client_id),
        client_secret=_needed(account.account, "client_secret", secrets.client_secret),
        refresh_token=_needed(account.account, "refresh_token", secrets.refresh_token),
    )
    return AmazonChannel(
        account,
        credentials,
        endpoint=settings.amazon_endpoint,
        token_url=settings.amazon_token_url,
        timeout=settings.http_timeout.total_seconds(),
    )


def stock_locations(config: MerchantConfig, account: ShopifyAccount) -> tuple[str, ...]:
    """The Shopify locations that stand for nodes which the shop's listings sell from; the account's own pool first."""
    pools = tuple(dict.fromkeys([account.pool, *account.pools.values()]))
    nodes = sorted((node for node in config.nodes if node.pool in pools), key=lambda node: pools.index(node.pool))
    located = (node.location_in(account.account) for node in nodes)
    return tuple(dict.fromkeys(location for location in located if location))


def build_shopify(
    settings: Settings, config: MerchantConfig, account: ShopifyAccount, accounts: AccountBook | None = None
) -> ShopifyChannel:
    """Raises ConfigInvalid for a shop without its secrets. Without `accounts` it is called even while it is paused."""
    tokens = _shopify_tokens(settings, account)
    return ShopifyChannel(
        account,
        GuardedToken(tokens, partial(_refusal, accounts, account)) if accounts else tokens,
        api_version=settings.shopify_api_version,
        endpoint=settings.shopify_endpoint,
        timeout=settings.http_timeout.total_seconds(),
        locations=stock_locations(config, account),
    )


def _refusal(accounts: AccountBook, account: ShopifyAccount) -> AccountPaused | None:
    mine = (account.channel, account.account)
    return next((each.refusal for each in accounts.paused() if (each.channel, each.account) == mine), None)


def _shopify_tokens(settings: Settings, account: ShopifyAccount) -> TokenProvider:
    secrets = settings.accounts.get(account.account, AccountSecrets())
    if secrets.access_token:
        return FixedToken(secrets.access_token.get_secret_value())
    return ClientCredentials(
        account.shop,
        _needed(account.account, "client_id (or access_token)", secrets.client_id),
        _needed(account.account, "client_secret (or access_token)", secrets.client_secret),
        endpoint=settings.shopify_endpoint,
        timeout=settings.http_timeout.total_seconds(),
    )


def _needed(account: str, field: str, value: str | SecretStr | None) -> str:
    if not value:
        raise ConfigInvalid("ORDERLOOM_ACCOUNTS", None, f"{account}.{field}", "is missing")
    return value if isinstance(value, str) else value.get_secret_value()

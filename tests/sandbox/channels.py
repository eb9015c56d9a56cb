"""Our own channels, speaking to a running sandbox over HTTP."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from orderloom.channels.amazon import AmazonChannel, AmazonCredentials
from orderloom.channels.shopify import FixedToken, ShopifyChannel
from orderloom.domain.keys import Channel
from orderloom.domain.merchant import AmazonAccount, ShopifyAccount
from orderloom.sandbox.config import AmazonSellerConfig, ShopConfig
from orderloom.sandbox.running import RunningSandbox
from tests.sandbox.world import KITCHEN, SELLER

PATIENT = 30.0
"""Seconds for one answer: the machine may be busy."""


@contextmanager
def shopify_at(
    sandbox: RunningSandbox, shop: ShopConfig = KITCHEN, locations: tuple[str, ...] = ()
) -> Iterator[ShopifyChannel]:
    account = ShopifyAccount(channel=Channel.SHOPIFY, account=shop.account, shop=shop.shop)
    tokens, endpoint = FixedToken(shop.access_token), f"{sandbox.url}/shopify"
    with closing(
        ShopifyChannel(account, tokens, api_version="2026-10", endpoint=endpoint, timeout=PATIENT, locations=locations)
    ) as channel:
        yield channel


@contextmanager
def amazon_at(sandbox: RunningSandbox, seller: AmazonSellerConfig = SELLER) -> Iterator[AmazonChannel]:
    account = AmazonAccount(
        channel=Channel.AMAZON, account=seller.account, seller_id=seller.seller_id, marketplaces=seller.marketplaces
    )
    credentials = AmazonCredentials(seller.client_id, seller.client_secret, seller.refresh_token)
    url = sandbox.url
    with closing(
        AmazonChannel(account, credentials, endpoint=url, token_url=f"{url}/auth/o2/token", timeout=PATIENT)
    ) as channel:
        yield channel

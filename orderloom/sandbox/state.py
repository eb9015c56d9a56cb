"""All that one sandbox holds: sellers, shops, nodes, and what they share."""

from collections.abc import Callable
from random import Random

from orderloom.sandbox import listing_witness, witness
from orderloom.sandbox.amazon.catalog import Catalog
from orderloom.sandbox.amazon.feeds import Feeds
from orderloom.sandbox.amazon.notifying import Notifier
from orderloom.sandbox.amazon.orders import AmazonOrder, AmazonSeller
from orderloom.sandbox.amazon.outbound import Outbound
from orderloom.sandbox.amazon.reports import Reports
from orderloom.sandbox.amazon.routes import AmazonSide
from orderloom.sandbox.amazon.tokens import LoginWithAmazon
from orderloom.sandbox.clock import Clock
from orderloom.sandbox.config import SandboxConfig
from orderloom.sandbox.knobs import Fate
from orderloom.sandbox.nodes.node import Node
from orderloom.sandbox.outbox import Outbox
from orderloom.sandbox.people import People
from orderloom.sandbox.shopify.routes import ShopifySide
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.shopify.webhooks import Webhooks
from orderloom.sandbox.truth import Truth


class Sandbox:
    """Lives in one event loop, so nothing in it needs a lock."""

    def __init__(self, config: SandboxConfig, clock: Clock) -> None:
        self.config = config
        self.clock = clock
        self.fate = Fate(config.seed)
        self.outbox = Outbox(self.fate, config.starter_url)
        self.people = People(config.seed)
        dice = Random(config.seed)  # noqa: S311 - ids and faults, not secrets
        self.sellers = {s.account: AmazonSeller(s, clock, self.people, dice, self._catalog()) for s in config.amazon}
        self.shops = {shop.account: self._shop(shop.account, dice) for shop in config.shopify}
        self.nodes = {n.node: Node(n, clock, self.fate, self.outbox, dice) for n in config.nodes}
        tokens = LoginWithAmazon(config.amazon, clock)
        self.amazon = AmazonSide(self.sellers, tokens, self.fate, clock, config.speed, dice)
        self.feeds = {name: Feeds(each, clock, self.fate, dice) for name, each in self.sellers.items()}
        self.reports = {name: Reports(each, clock, self.fate, dice) for name, each in self.sellers.items()}
        self.notifier = Notifier(self.fate, self.outbox, config.sqs_endpoint)
        for seller in self.sellers.values():
            seller.announce = self._announcer(seller)
        self.outbound = {
            account: Outbound(
                seller.config.marketplaces[0],
                clock,
                self.fate,
                Random(config.seed),  # noqa: S311 - tracking numbers
                seller.catalog,
            )
            for account, seller in self.sellers.items()
        }
        by_domain = {shop.config.shop: shop for shop in self.shops.values()}
        self.shopify = ShopifySide(by_domain, self.fate, self.outbox, clock, config.speed)

    def _announcer(self, seller: AmazonSeller) -> Callable[[AmazonOrder, str], None]:
        return lambda order, change: self.notifier.order_changed(seller, order, change, self.clock.now())

    def _catalog(self) -> Catalog:
        return Catalog(self.clock, self.fate, Random(self.config.seed))  # noqa: S311 - ASINs and submission ids

    def _shop(self, account: str, dice: Random) -> Shop:
        config = next(shop for shop in self.config.shopify if shop.account == account)
        webhooks = Webhooks(config, self.clock, self.fate, self.outbox, dice)
        return Shop(config, self.clock, self.people, dice, webhooks, self.fate)

    def truth(self) -> Truth:
        now = self.clock.now()
        sellers, shops = self.sellers.values(), self.shops.values()
        sold = witness.sold_units(
            (order for seller in sellers for order in seller.orders.values()),
            (order for shop in shops for order in shop.orders.values()),
        )
        return Truth(
            orders=(
                *(found for seller in sellers for found in witness.amazon_orders(seller)),
                *(found for shop in shops for found in witness.shop_orders(shop)),
            ),
            dispatches=tuple(witness.dispatches(self.nodes.values(), sold)),
            confirmations=(
                *(found for seller in sellers for found in witness.amazon_confirmations(seller)),
                *(found for shop in shops for found in witness.shop_confirmations(shop)),
            ),
            deliveries=tuple(witness.delivery(sent) for sent in self.outbox.deliveries),
            personal=self.people.known,
            listings=(
                *(found for seller in sellers for found in listing_witness.amazon_listings(seller, now)),
                *(found for shop in shops for found in listing_witness.shop_listings(shop, now)),
            ),
            mails=(
                *(found for seller in sellers for found in witness.amazon_mails(seller)),
                *(found for shop in shops for found in witness.shop_mails(shop)),
            ),
        )

"""What happens in the demo and when: about 120 sales over a minute, and what goes wrong among them.

Pure: the same seed and size give the same script. `run.py` plays it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from orderloom.domain.keys import Channel
from orderloom.domain.stock import SkuMaster
from starter.demo.shop import SCARCE, SET, UNMAPPED, Shop, amazon_listing

AMAZON_SHARE = 0.6


class Twist(StrEnum):
    """What is special about a sale."""

    PLAIN = "plain"
    FBA = "fulfilled by Amazon"
    SELLER_PRIME = "seller-fulfilled Prime"
    PENDING = "pending, released later"
    HEAVY = "over 5 lb"
    MULTI_LINE = "several lines"
    BUNDLE = "a bundle"
    UNMAPPED = "an unmapped SKU"
    SHORT = "short of stock"
    CANCELLED = "cancelled by its buyer"
    REPEATED = "its webhook sent five times more"


@dataclass(frozen=True)
class SoldLine:
    listing: str
    quantity: int
    unit_price: Decimal
    grams: int


@dataclass(frozen=True)
class Sale:
    """One order that a buyer places. `number` names it within the script."""

    number: int
    at: float
    """Seconds from the first sale."""
    channel: Channel
    twist: Twist
    lines: tuple[SoldLine, ...] = field(repr=False)


@dataclass(frozen=True)
class Script:
    sales: tuple[Sale, ...]
    map_sku_at: float
    """When somebody maps the unmapped SKU."""
    kill_worker_at: float
    """When the worker is killed with SIGKILL."""

    @property
    def short_units(self) -> int:
        """Units that channels sell and the shop does not have."""
        scarce = (line for sale in self.sales if sale.twist is Twist.SHORT for line in sale.lines)
        return sum(line.quantity for line in scarce) - 2


def write_script(shop: Shop, seed: int, orders: int = 120, seconds: float = 60.0) -> Script:
    """Deal the twists over both channels (60 % Amazon) and the sales over the time."""
    chance = random.Random(seed)  # noqa: S311 - a screenplay, not a secret
    amazon = round(orders * AMAZON_SHARE)
    dealt = [(Channel.AMAZON, twist) for twist in _amazon_twists(amazon)]
    dealt += [(Channel.SHOPIFY, twist) for twist in _shopify_twists(orders - amazon)]
    chance.shuffle(dealt)
    # Early: mapping the SKU halfway finds its order waiting, and the worker's death delays no change of mind.
    dealt.sort(key=lambda pair: pair[1] not in (Twist.UNMAPPED, Twist.CANCELLED))
    moments = sorted(chance.uniform(0, seconds) for _ in dealt)
    sales = tuple(
        Sale(number=n, at=at, channel=channel, twist=twist, lines=tuple(_lines(shop, channel, twist, chance)))
        for n, (at, (channel, twist)) in enumerate(zip(moments, dealt, strict=True), 1)
    )
    return Script(sales=sales, map_sku_at=seconds / 2, kill_worker_at=chance.uniform(seconds * 0.3, seconds * 0.7))


def _amazon_twists(count: int) -> list[Twist]:
    some = max(count // 18, 1)
    twists = [Twist.FBA] * (count // 3) + [Twist.SELLER_PRIME] * some + [Twist.PENDING] * some
    twists += [Twist.MULTI_LINE] * some
    return twists + [Twist.PLAIN] * (count - len(twists))


def _shopify_twists(count: int) -> list[Twist]:
    some = max(count // 12, 1)
    twists = [Twist.UNMAPPED, Twist.SHORT, Twist.CANCELLED, Twist.REPEATED]
    twists += [Twist.HEAVY] * (count // 4) + [Twist.MULTI_LINE] * some + [Twist.BUNDLE] * some
    return twists + [Twist.PLAIN] * (count - len(twists))


def _lines(shop: Shop, channel: Channel, twist: Twist, chance: random.Random) -> Iterator[SoldLine]:
    if twist is Twist.UNMAPPED:
        yield _line(shop, channel, chance.choice(shop.light()), 1)
        yield SoldLine(listing=UNMAPPED, quantity=1, unit_price=Decimal("14.95"), grams=90)
    elif twist is Twist.SHORT:
        yield SoldLine(listing=SCARCE, quantity=3, unit_price=shop.prices[SCARCE], grams=100)
    elif twist is Twist.BUNDLE:
        yield SoldLine(listing=SET, quantity=chance.randint(1, 2), unit_price=Decimal("49.00"), grams=1500)
    elif twist is Twist.HEAVY:
        yield _line(shop, channel, chance.choice(shop.heavy()), 1)
    else:
        lines = 3 if twist is Twist.MULTI_LINE else 1
        for master in chance.sample([m for m in shop.light() if m.sku != SCARCE], lines):
            yield _line(shop, channel, master, chance.randint(1, 2))


def _line(shop: Shop, channel: Channel, master: SkuMaster, quantity: int) -> SoldLine:
    return SoldLine(
        listing=amazon_listing(master.sku) if channel is Channel.AMAZON else master.sku,
        quantity=quantity,
        unit_price=shop.prices[master.sku],
        grams=master.weight_grams or 0,
    )

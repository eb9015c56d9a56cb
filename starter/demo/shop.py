"""Copper & Oak Kitchen: 1,200 SKUs, their listings on both channels and their stock, the same on every run."""

import random
from dataclasses import dataclass, field
from decimal import Decimal

from orderloom.domain.keys import Channel
from orderloom.domain.money import Money
from orderloom.domain.orders import Component
from orderloom.domain.stock import Listing, SkuMaster, StockCount

SHOPIFY_ACCOUNT = "kitchen"
AMAZON_ACCOUNT = "kitchen_us"
OWN, THIRD_PARTY = "own_warehouse", "harbor_3pl"

_KINDS = (
    # name, code, category, lightest and heaviest in grams, cheapest and dearest in dollars
    ("Skillet", "SKL", "cookware", 900, 3400, 25, 120),
    ("Saucepan", "SCP", "cookware", 600, 2200, 30, 140),
    ("Dutch oven", "DUT", "cookware", 3200, 7800, 80, 340),
    ("Baking tray", "TRY", "bakeware", 400, 1300, 12, 40),
    ("Cake tin", "TIN", "bakeware", 250, 900, 9, 35),
    ("Chef's knife", "KNF", "knives", 150, 420, 35, 220),
    ("Cutting board", "BRD", "boards", 700, 4600, 18, 110),
    ("Mixing bowl", "BWL", "prep", 200, 1500, 8, 48),
    ("Peeler", "PEL", "tools", 40, 120, 5, 22),
    ("Whisk", "WSK", "tools", 60, 240, 6, 28),
    ("Stand mixer", "MIX", "appliances", 4200, 11800, 180, 620),
    ("Coffee grinder", "GRD", "appliances", 900, 3100, 45, 260),
)
_MATERIALS = ("cast iron", "copper", "carbon steel", "oak", "stainless steel")
_PER_KIND = 100


@dataclass(frozen=True)
class Shop:
    """All that the shop knows before the first order."""

    masters: tuple[SkuMaster, ...]
    listings: tuple[Listing, ...]
    stock: tuple[StockCount, ...]
    prices: dict[str, Decimal] = field(repr=False)
    """Dollars by canonical SKU."""

    def light(self) -> list[SkuMaster]:
        return [m for m in self.masters if m.weight_grams and m.weight_grams <= 1000]

    def heavy(self) -> list[SkuMaster]:
        return [m for m in self.masters if m.weight_grams and m.weight_grams > 3000]


SCARCE = "WSK-100"
"""Two units in the whole shop."""
SET = "SET-BAKER"
"""A bundle on Shopify: a bowl and two tins."""
UNMAPPED = "NEW-GARLIC-PRESS"
"""Listed on Shopify before anyone told the SKU master."""
UNMAPPED_MEANS = Component(sku="PEL-007")


def open_shop(seed: int = 2026) -> Shop:
    """Build the shop; the same seed gives the same shop."""
    chance = random.Random(seed)  # noqa: S311 - a catalogue, not a secret
    masters, prices = [], {}
    for kind in _KINDS:
        for n in range(1, _PER_KIND + 1):
            master, price = _article(kind, n, chance)
            masters.append(master)
            prices[master.sku] = price
    return Shop(
        masters=tuple(masters),
        listings=tuple(_listings(masters)),
        stock=tuple(count for master in masters for count in _counts(master, chance)),
        prices=prices,
    )


def amazon_listing(sku: str) -> str:
    return f"AMZ-{sku}"


def _article(
    kind: tuple[str, str, str, int, int, int, int], n: int, chance: random.Random
) -> tuple[SkuMaster, Decimal]:
    name, code, category, lightest, heaviest, cheapest, dearest = kind
    price = Decimal(chance.randint(cheapest, dearest)) - Decimal("0.05")
    master = SkuMaster(
        sku=f"{code}-{n:03d}",
        title=f"{name}, {_MATERIALS[n % len(_MATERIALS)]}, no. {n}",
        weight_grams=chance.randint(lightest, heaviest),
        cost=Money(amount=(price * Decimal("0.55")).quantize(Decimal("0.01")), currency="USD"),
        categories=(category,),
        barcode=f"40{chance.randint(10**10, 10**11 - 1)}",
        hazmat=False,
    )
    return master, price


def _listings(masters: list[SkuMaster]) -> list[Listing]:
    """Amazon sells everything under its own seller SKUs; Shopify uses the shop's SKUs and adds a bundle."""
    amazon = [
        Listing(
            channel=Channel.AMAZON,
            account=AMAZON_ACCOUNT,
            listing=amazon_listing(master.sku),
            components=(Component(sku=master.sku),),
        )
        for master in masters
    ]
    bundle = (Component(sku="BWL-012"), Component(sku="TIN-034", units=2))
    shopify = Listing(channel=Channel.SHOPIFY, account=SHOPIFY_ACCOUNT, listing=SET, components=bundle)
    return [*amazon, shopify]


def _counts(master: SkuMaster, chance: random.Random) -> list[StockCount]:
    if master.sku == SCARCE:
        return [StockCount(sku=SCARCE, node=OWN, on_hand=2)]
    return [
        StockCount(sku=master.sku, node=OWN, on_hand=chance.randint(10, 60)),
        StockCount(sku=master.sku, node=THIRD_PARTY, on_hand=chance.randint(10, 60)),
    ]

"""How a run begins: what the policy knows before it has published anything, and how long it may publish."""

import math

from orderloom.domain.keys import Channel
from orderloom.domain.listing.state import Lags, ListingState, PoolState, Reading
from starter.bench.flash_sale.scenarios import AMAZON, SHOPIFY, Demand, Scenario

BATCH = 900.0
"""The head start is whole batches, so that one falls on the opening."""
CALL = 0.3
"""Seconds of one call to Shopify."""
SHOPIFY_SIGHT = (0.5, 2.0)


def head_start(scenario: Scenario) -> float:
    """Seconds in which the first listing is published before the sale opens; its pushes are not counted."""
    return math.ceil((2 * scenario.effect_bound + scenario.sight_bound) / BATCH) * BATCH


def first_state(scenario: Scenario, demand: Demand, opened: float) -> PoolState:
    empty = Reading(units=0, at=opened)
    lags = Lags(effect=scenario.effect_bound, sight=scenario.sight_bound, staleness=scenario.stale)
    amazon = ListingState(name=AMAZON, channel=Channel.AMAZON, lags=lags, reading=empty, share=demand.forecast)
    quick = Lags(effect=CALL, sight=SHOPIFY_SIGHT[1] + 1)
    shop = ListingState(
        name=SHOPIFY,
        channel=Channel.SHOPIFY,
        lags=quick,
        reading=empty,
        share=1 - demand.forecast,
        denies_overselling=not scenario.oversells,
    )
    listings = {AMAZON: amazon, SHOPIFY: shop}
    return PoolState(available=demand.stock, listings=listings, gap=demand.gap, last_sale=0.0)

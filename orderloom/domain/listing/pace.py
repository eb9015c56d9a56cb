"""How fast a pool sells: a mean over its last sales, and a rush that such a mean would see too late."""

from orderloom.domain.listing.state import WINDOW, PoolState

FIRST_GAP = 6 * 3600.0
"""Seconds between two sales that a pool without any history is thought to have."""
RUSH_SALES = 6
"""Orders whose span tells a rush. Fewer would take an ordinary cluster of sales for one."""
RUSH = 0.3
"""A rush: the gaps between them are together shorter than this part of one mean gap. By chance that happens once in
60,000 sales (Erlang), so it is another demand than the one that the mean was learned from."""
SHORTEST_SPAN = 1.0
"""Amazon's times of sale are whole seconds."""


def after_sale(pool: PoolState, units: int, sold_at: float) -> dict[str, object]:
    """The changes of mean gap, last sale and latest sales by an order of so many units.

    The mean alone forgets a slow past by sales: a SKU that sold every six hours and now sells each second would count
    as slow for 300 sales, longer than its stock lasts.
    """
    gap = max(sold_at - pool.last_sale, 0.0) / units
    mean = pool.gap + (gap - pool.gap) * min(units / WINDOW, 1.0)
    latest = tuple(sorted((*pool.latest, sold_at))[-RUSH_SALES:])
    if len(latest) == RUSH_SALES:
        span = max(latest[-1] - latest[0], SHORTEST_SPAN)
        if span < RUSH * mean:
            mean = span / (RUSH_SALES - 1)
    return {"gap": max(mean, 1e-6), "last_sale": max(pool.last_sale, sold_at), "latest": latest}

"""Who ships an order: a pure function of the order, the SKU masters, the stock, the rules and the moment.

The same function runs live, in dry runs and over history (`history`).

    router      asks the rules in turn; `ending` is where that ends
    question    one order to place, and where it could come from
    fences      why a node must not ship it
    placing     which nodes ship it, ranked by what the rule chooses by (`ranking`)
    verdicts    what is recorded of each node; `words` says the whole as a merchant would
    conditions  the shape of a condition, for reading rules back (`reading`) and doubting them
"""

from orderloom.domain.routing.router import Router

__all__ = ["Router"]

"""Who ships an order: a pure function of the order, the SKU masters, the stock, the rules and the moment.

The same function runs live, in dry runs and over history. `router` asks the rules in turn, `fences` says why a node
must not ship, `placing` chooses among those that may, `words` tells it as a merchant would.
"""

from orderloom.domain.routing.router import Router

__all__ = ["Router"]

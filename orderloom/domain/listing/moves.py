"""What a publisher is asked to do. Quantities are the listing's own units, as the channel counts them."""

from pydantic import NonNegativeInt, PositiveInt

from orderloom.domain.listing.state import AlertKind
from orderloom.domain.model import Frozen


class SetShopify(Frozen):
    """Compare-and-set: `change_from` is what Shopify must show; None sets without comparing (`shared` only)."""

    listing: str
    change_from: int | None
    quantity: NonNegativeInt


class WriteZero(Frozen):
    """Write 0 to an Amazon listing. It restores nothing, whatever sells meanwhile."""

    listing: str


class Refill(Frozen):
    """Write to an Amazon listing that stands at 0."""

    listing: str
    quantity: PositiveInt


class WriteAbsolute(Frozen):
    """An ordinary absolute write; units sold between reading and effect come back to the listing."""

    listing: str
    quantity: NonNegativeInt


class Alert(Frozen):
    """An assumption that no longer holds; a person should look."""

    listing: str
    kind: AlertKind


Move = SetShopify | WriteZero | Refill | WriteAbsolute | Alert

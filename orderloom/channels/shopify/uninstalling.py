"""`app/uninstalled`: the merchant has removed the app, and with it our token and every subscription.

The topic is not signed: the body itself must be a shop's, and this shop's.
"""

from orderloom.channels.wire import WireModel, read_body
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.merchant import ShopifyAccount

UNINSTALLED = "app/uninstalled"


class _Shop(WireModel):
    myshopify_domain: str


def check_uninstalled(account: ShopifyAccount, body: bytes) -> None:
    """Raises UnreadableEvent for a body that is not this shop."""
    if read_body(_Shop, body).myshopify_domain.lower() != account.shop:
        raise UnreadableEvent("myshopify_domain", "is another shop's")

"""Our node of Multi-Channel Fulfillment against a sandbox world, for the tests that share it."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from orderloom.channels.amazon import AmazonChannel, AmazonCredentials
from orderloom.channels.amazon.mcf import MultiChannelNode
from orderloom.domain.keys import Channel
from orderloom.domain.merchant import AmazonAccount
from orderloom.domain.nodes import MultiChannel, ShippingSpeed
from orderloom.domain.orders import PersonalData
from orderloom.domain.shipments import ShipmentLine
from orderloom.sandbox.knobs import Faults, Knobs
from tests.sandbox.world import MARKETPLACE, SELLER, World

LINES = (ShipmentLine(line_id="11", sku="PAN-28", quantity=2), ShipmentLine(line_id="12", sku="LID-28", quantity=1))
BUYER = PersonalData(
    name="Ottoline Quibblewick", address_lines=("1 Marzipan Wharf",), city="Ithaca", postal_code="14850", country="US"
)
NAMES = {"PAN-28": ("PAN-28-FBA",), "LID-28": ("LID-28-FBA",)}
MCF = MultiChannel(account=SELLER.account, speeds={"express": ShippingSpeed.EXPEDITED})


def names_of(skus: Sequence[str]) -> dict[str, tuple[str, ...]]:
    return {sku: NAMES.get(sku, ()) for sku in skus}


@contextmanager
def running_node(world: World) -> Iterator[MultiChannelNode]:
    """Our node over the world's seller; it sells a pan and a lid at Amazon."""
    account = AmazonAccount(
        channel=Channel.AMAZON, account=SELLER.account, seller_id=SELLER.seller_id, marketplaces=(MARKETPLACE,)
    )
    credentials = AmazonCredentials(SELLER.client_id, SELLER.client_secret, SELLER.refresh_token)
    url = world.sandbox.url
    channel = AmazonChannel(account, credentials, endpoint=url, token_url=f"{url}/auth/o2/token", timeout=5.0)
    with closing(channel):
        yield channel.multi_channel(MCF, seller_skus=names_of, lines_of=lambda _: LINES)


def turn(world: World, **faults: Faults) -> None:
    world.control.set_knobs(Knobs(faults={f"amazon.{name}": fault for name, fault in faults.items()}))

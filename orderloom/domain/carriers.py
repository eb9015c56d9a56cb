"""What carriers are called: however a node writes one, by the name that each channel knows it by.

Shopify builds a tracking link only for a name spelled as in its own list (FulfillmentTrackingInfo.company, Admin API
2026-10); any other name is shown as it is. Amazon publishes no list of its codes: those here are the ones known
to be taken. Every other carrier goes to Amazon as `Other` with its name, which confirmShipment (Orders v0) allows.
"""

from typing import NamedTuple


class Carrier(NamedTuple):
    shopify: str
    amazon: str | None
    """None: Amazon is told `Other` and the name."""
    spellings: tuple[str, ...] = ()
    """Other names of it that nodes write, beside those that differ in case, spaces and punctuation alone."""


CARRIERS = (
    Carrier("UPS", "UPS", ("United Parcel Service",)),
    Carrier("USPS", "USPS", ("United States Postal Service", "US Postal Service")),
    Carrier("FedEx", "FedEx", ("Federal Express",)),
    Carrier("DHL Express", "DHL"),
    Carrier("DHL", "DHL"),
    Carrier("DHL eCommerce", None),
    Carrier("OnTrac", "OnTrac"),
    Carrier("Lasership", None),
    Carrier("Canada Post", "Canada Post", ("Postes Canada",)),
    Carrier("Purolator", None),
    Carrier("Royal Mail", "Royal Mail"),
    Carrier("Evri", None),
    Carrier("DPD", "DPD"),
    Carrier("DPD UK", None),
    Carrier("GLS", "GLS", ("General Logistics Systems",)),
    Carrier("Deutsche Post", None),
    Carrier("Colissimo", None),
    Carrier("Chronopost", None),
    Carrier("Mondial Relay", None),
    Carrier("PostNL", None, ("Post NL",)),
    Carrier("Poste Italiane", None),
    Carrier("Correos", None),
    Carrier("Australia Post", None, ("AusPost",)),
    Carrier("Japan Post (EN)", "Japan Post", ("Japan Post",)),
)


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


_BY_NAME = {_plain(name): carrier for carrier in CARRIERS for name in (carrier.shopify, *carrier.spellings)}


def carrier_of(name: str) -> Carrier | None:
    """None where it is in no table: both channels then get the name as the node wrote it."""
    return _BY_NAME.get(_plain(name))


def known_carrier(name: str) -> str | None:
    """Amazon's code of a carrier, whatever its case and punctuation; None where Amazon has none that we know of."""
    carrier = carrier_of(name)
    return carrier.amazon if carrier else None

"""What carriers are called: however a node writes one, by the name that each channel knows it by.

Shopify builds a tracking link only for a name spelled as in its own list (FulfillmentTrackingInfo.company, Admin API
2026-10); any other name is shown as it is. Amazon publishes no list of its codes: those here are the ones known
to be taken. Every other carrier goes to Amazon as `Other` with its name, which confirmShipment (Orders v0) allows. A
merchant adds carriers, and says more of these, under `carriers` in the configuration.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, NamedTuple
from urllib.parse import quote

from pydantic import AfterValidator, StringConstraints

from orderloom.domain.model import Frozen

OTHER = "Other"
"""Amazon's code for a carrier that it is told by its name."""
NUMBER = "{number}"


class Carrier(NamedTuple):
    shopify: str
    amazon: str | None
    """None: Amazon is told `Other` and the name."""
    spellings: tuple[str, ...] = ()
    """Other names of it that nodes write, beside those that differ in case, spaces and punctuation alone."""
    tracking_url: str | None = None
    """The page of a package whose node names none; `{number}` is its tracking number."""

    def page(self, number: str) -> str | None:
        return self.tracking_url.replace(NUMBER, quote(number, safe="")) if self.tracking_url and number else None


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
    """Of the built-in table; None where it is not in it."""
    return _BY_NAME.get(_plain(name))


def _link(template: str) -> str:
    if template.count(NUMBER) != 1 or not template.startswith(("https://", "http://")):
        raise ValueError(f"must be an http(s) address with {NUMBER} once, where the tracking number goes")
    return template


def _name(name: str) -> str:
    if not _plain(name):
        raise ValueError("must have a letter or a digit")
    return name


CarrierName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), AfterValidator(_name)]


class CarrierSettings(Frozen):
    """What a merchant says of a carrier; what is not said is as in the built-in table, where it is in that."""

    spellings: tuple[CarrierName, ...] = ()
    """Other names of it that nodes write, beside those that differ in case, spaces and punctuation alone."""
    amazon: CarrierName | None = None
    """Amazon's code; `Other` tells Amazon the name alone, which is also the default of a new carrier."""
    shopify: CarrierName | None = None
    """Shopify's spelling; default: the name."""
    tracking_url: Annotated[str, AfterValidator(_link)] | None = None
    """The page of a package whose node names none; `{number}` is its tracking number."""


class CarrierTable:
    """The built-in carriers, and before them the merchant's own."""

    def __init__(self, own: Mapping[str, CarrierSettings] | None = None) -> None:
        given = own or {}
        self._own = {
            _plain(spelling): _merged(name, settings)
            for name, settings in given.items()
            for spelling in (name, *settings.spellings)
        }

    def find(self, name: str) -> Carrier | None:
        """None where it is in no table: both channels then get the name as the node wrote it."""
        return self._own.get(_plain(name)) or carrier_of(name)

    def amazon_code(self, name: str) -> str | None:
        """Amazon's code of a carrier, whatever its case and punctuation; None where Amazon has none that we know of."""
        carrier = self.find(name)
        return carrier.amazon if carrier else None


def _merged(name: str, settings: CarrierSettings) -> Carrier:
    known = carrier_of(name)
    code = settings.amazon or (known.amazon if known else None)
    return Carrier(
        shopify=settings.shopify or (known.shopify if known else name),
        amazon=None if code == OTHER else code,
        tracking_url=settings.tracking_url,
    )


def doubled_spellings(own: Mapping[str, CarrierSettings]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Places under `carriers` whose spelling is another carrier's there, and why that cannot be."""
    seen: dict[str, str] = {}
    for name, settings in own.items():
        places: list[tuple[tuple[str | int, ...], str]] = [((name,), name)]
        places += [((name, "spellings", i), spelling) for i, spelling in enumerate(settings.spellings)]
        for place, spelling in places:
            other = seen.setdefault(_plain(spelling), name)
            if other != name:
                yield place, f"{spelling!r} is a spelling of {other!r} already"


def unknown_carrier(name: str) -> str:
    """What a person is told of a carrier that is in no table."""
    return (
        f"the carrier {name!r} is in no table: Amazon is told `{OTHER}` with this name, and Shopify shows it without a "
        "link. Add it under `carriers` in the configuration (docs/configuration.md)"
    )

"""Invented people: every value is unlike any other text, so that a search for leaked personal data has no doubts."""

from collections.abc import Iterator
from random import Random

from pydantic import BaseModel, ConfigDict

_FIRST = (
    "Ottoline Barnabas Clementia Dorothea Ephraim Fenwicka Gulliver Hesperia Ignatia Jocasta Kestrella Leopolda "
    "Marmaduke Nicodema Octavius Peregrina Quintessa Rosamunda Sylvester Thaddeus Ursulina Valentina Wilhelma Zenobia"
).split()
_LAST = (
    "Quibblewick Wobblestone Fizzlebury Thistlequick Bramblefax Crumplethorn Dapplewhist Fernwhistle Gobblefrost "
    "Hazelquirk Jumblecroft Kettlesnout Lumberwisp Mufflebrook Nettlefizz Puddlewhim Rumblefrost Snickerby Tumblequay"
).split()
_STREETS = "Zigzaggery Row;Marzipan Wharf;Thimblerig Lane;Pumpernickel Rise;Gossamer Yard;Hobgoblin Close".split(";")
_PLACES = (
    ("Portland", "OR", "Oregon", "972"),
    ("Austin", "TX", "Texas", "787"),
    ("Columbus", "OH", "Ohio", "432"),
    ("Denver", "CO", "Colorado", "802"),
    ("Boston", "MA", "Massachusetts", "021"),
    ("Tampa", "FL", "Florida", "336"),
    ("Madison", "WI", "Wisconsin", "537"),
)


class PersonalDatum(BaseModel):
    """One value that must be found nowhere outside the encrypted store."""

    model_config = ConfigDict(frozen=True)

    kind: str
    """name, last_name, street, postal_code, email, phone, note or gift_message."""
    value: str


class Person(BaseModel):
    """A buyer and where they live, all invented; the place is a real US city, the ZIP+4 is not."""

    model_config = ConfigDict(frozen=True)

    first_name: str
    last_name: str
    street: str
    unit: str
    city: str
    region: str
    region_name: str
    postal_code: str
    phone: str
    email: str
    note: str
    gift_message: str
    country: str = "US"
    country_name: str = "United States"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def data(self) -> Iterator[PersonalDatum]:
        for kind in ("name", "last_name", "street", "postal_code", "email", "phone", "note", "gift_message"):
            yield PersonalDatum(kind=kind, value=getattr(self, kind))


class People:
    """Invents people one after the other, the same ones for the same seed, and remembers all of them."""

    def __init__(self, seed: int | None) -> None:
        self._dice = Random(seed)  # noqa: S311 - invented people
        self._count = 0
        self._known: dict[PersonalDatum, None] = {}

    @property
    def known(self) -> tuple[PersonalDatum, ...]:
        return tuple(self._known)

    def next(self) -> Person:
        self._count += 1
        number = self._count
        first, last = self._dice.choice(_FIRST), self._dice.choice(_LAST)
        city, region, region_name, zip_start = self._dice.choice(_PLACES)
        person = Person(
            first_name=first,
            last_name=last,
            street=f"{1000 + number} {self._dice.choice(_STREETS)}",
            unit=f"Attic {number}",
            city=city,
            region=region,
            region_name=region_name,
            postal_code=f"{zip_start}{number % 90 + 10}-{self._dice.randrange(1000, 10_000)}",
            phone=f"+1555{2_000_000 + number}",
            email=f"{first}.{last}.{number}@buyers.example".lower(),
            note=f"Please ring twice, {last} household {number}",
            gift_message=f"Much love to {first} from burrow {number}",
        )
        self._known.update(dict.fromkeys(person.data()))
        return person

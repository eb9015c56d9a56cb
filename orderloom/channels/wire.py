"""What both channels' payloads have in common: tolerant of what we do not know, exact about what we read.

A field that we do not know is ignored. A field that we read and that has another type than documented makes the event
unreadable, and the error names the field's path, never its value, which may be personal data.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from orderloom.domain.errors import UnreadableEvent

_YEARS = range(1990, 2200)
POSTAL_PREFIX_LENGTH = 3
"""How much of a postal code a routing rule may know."""


class WireModel(BaseModel):
    """A part of a channel's JSON."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def _without_nul(text: str) -> str:
    return text.replace("\x00", "").strip()


def _plausible(moment: datetime) -> datetime:
    # The far ends of the calendar cannot be moved to UTC at all.
    if moment.year not in _YEARS:
        raise ValueError("is not a plausible time")
    return moment.astimezone(UTC)


def _none_as_empty(value: Any) -> Any:
    return () if value is None else value


Text = Annotated[str, AfterValidator(_without_nul)]
"""Text without spaces around it and without NUL, which PostgreSQL cannot keep."""
Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
Units = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Amount = Annotated[Decimal, Field(max_digits=20, decimal_places=8)]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

Item = TypeVar("Item")
Many = Annotated[tuple[Item, ...], BeforeValidator(_none_as_empty)]
"""A list that may also be null."""

Model = TypeVar("Model", bound=BaseModel)


def read_body(model: type[Model], body: bytes) -> Model:
    """Raises UnreadableEvent with the path of the first field that cannot be read."""
    try:
        return model.model_validate_json(body)
    except ValidationError as invalid:
        raise UnreadableEvent(*fault_of(invalid)) from None


def known(text: str | None) -> str | None:
    """The text, or None where it is empty."""
    return text or None


def same_tracking_number(one: str | None, other: str) -> bool:
    """Whether two ways of writing name the same parcel: channels change spaces and case."""
    return one is not None and one.replace(" ", "").upper() == other.replace(" ", "").upper()


def fault_of(invalid: ValidationError) -> tuple[str, str]:
    """The path of the first wrong field, and what is wrong with it, without the value."""
    first = invalid.errors(include_url=False, include_input=False, include_context=False)[0]
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"])
    field = "".join(steps).removeprefix(".") or "body"
    if first["type"] == "json_invalid":
        return field, "is not JSON"
    return field, first["msg"].removeprefix("Value error, ")

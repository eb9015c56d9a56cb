"""The base of every domain model: frozen, strict about unknown fields."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value. An unknown field is an error, so a typo never passes silently."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _as_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time needs an offset; orderloom keeps all times in UTC")
    return moment.astimezone(UTC)


Utc = Annotated[datetime, AfterValidator(_as_utc)]
"""A moment with an offset, kept in UTC."""


def _lasting(bound: timedelta) -> timedelta:
    if bound <= timedelta(0):
        raise ValueError("must last longer than nothing; write e.g. PT5M")
    return bound


Bound = Annotated[timedelta, AfterValidator(_lasting)]
"""A time that something takes at the longest."""

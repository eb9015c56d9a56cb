"""What the routes of the API share: the services behind them, how many rows, and who asks for what reason."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

from starter.services import Services, services_of

Joined = Annotated[Services, Depends(services_of)]
Limit = Annotated[int, Query(ge=1, le=1000, description="At most this many rows.")]
Who = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class Accountable(BaseModel):
    """Who changes something, and why: both are kept with the change. Write no personal data of a buyer."""

    model_config = ConfigDict(extra="forbid")

    by: Who
    why: Reason

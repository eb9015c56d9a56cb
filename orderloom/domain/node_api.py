"""A node's own HTTP API, described instead of coded: what to send, and how its answers read in our words.

Bodies and readings are CEL. A body gives the JSON to send; a reading gives our own documents (docs/node-protocol.md).
"""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from cel_expr_python import cel
from pydantic import AfterValidator, Field, model_validator

from orderloom.domain.model import Frozen

_ENV = cel.NewEnv(
    variables={
        "request": cel.Type.DYN,
        "answer": cel.Type.DYN,
        "settings": cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
        "dispatch_id": cel.Type.STRING,
        "reference": cel.Type.STRING,
    }
)
"""`request`: the body of `POST /shipments` of the node protocol. `answer`: the JSON that the node sent."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
PLACEHOLDERS = ("dispatch_id", "reference")


def compiled(expression: str) -> cel.Expression:
    """Raises ValueError with the column and what is wrong."""
    try:
        return _ENV.compile(expression)
    except RuntimeError as wrong:
        found = re.search(r"<input>:(\d+):(\d+): (.*)", str(wrong))
        place = f"line {found[1]}, column {found[2]}: {found[3]}" if found else str(wrong).splitlines()[0]
        raise ValueError(f"is no CEL: {place}") from None


def evaluate(expression: cel.Expression, **given: Any) -> Any:
    """Plain Python. Raises ValueError, without CEL's own words: they may quote what the node sent."""
    result = expression.eval(_ENV.Activation(given))
    if result.type() in (cel.Type.ERROR, cel.Type.UNKNOWN):
        raise ValueError("does not fit what it was given")
    return result.plain_value()


def _is_cel(expression: str) -> str:
    compiled(expression)
    return expression


def _is_path(path: str) -> str:
    unknown = [name for name in _PLACEHOLDER.findall(path) if name not in PLACEHOLDERS]
    if unknown or path.startswith("/") or "://" in path:
        raise ValueError(f"{path!r} must be relative to the url and may hold {{dispatch_id}} and {{reference}} only")
    return path


Cel = Annotated[str, AfterValidator(_is_cel)]


class NodePreset(StrEnum):
    """APIs whose description comes with orderloom."""

    SHIPBOB = "shipbob"
    SHIPHERO = "shiphero"


class NodeCall(Frozen):
    """One request to the node."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    path: Annotated[str, AfterValidator(_is_path)]
    body: Cel | None = None
    """Gives the JSON to send; without it nothing is sent."""


class NodeApi(Frozen):
    """What is not given comes from the preset; without one, dispatch, find and found are needed."""

    preset: NodePreset | None = None
    auth: Literal["bearer", "basic", "header"] | None = None
    """The node's token is a bearer token (the default), `user:password`, or goes bare into `auth_header`."""
    auth_header: str = "X-Api-Key"
    headers: dict[str, str] = Field(default_factory=dict)
    settings: dict[str, str] = Field(default_factory=dict)
    """Whatever the expressions call `settings.NAME`."""
    dispatch: NodeCall | None = None
    refused: Cel | None = None
    """After a 2xx to `dispatch`: a short code where the node refused, else ""."""
    throttled: Cel | None = None
    """After any 2xx: true where the node asks to slow down."""
    find: NodeCall | None = None
    found: Cel | None = None
    """A list: the shipment documents the node has under `dispatch_id`; empty is its word that it has none."""
    cancel: NodeCall | None = None
    """Sent with the `reference` that `found` gave. Without it a shipment is not stopped."""

    @model_validator(mode="after")
    def _is_whole(self) -> "NodeApi":
        missing = [name for name in ("dispatch", "find", "found") if getattr(self, name) is None]
        if missing and self.preset is None:
            raise ValueError(f"lacks {' and '.join(missing)}; name a preset or describe them")
        return self

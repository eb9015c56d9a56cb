"""A node's own HTTP API, described instead of coded: what to send, and how its answers read in our words.

Bodies and readings are CEL. A body gives the JSON to send; a reading gives our own documents (docs/node-protocol.md).
"""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from cel_expr_python import cel
from pydantic import AfterValidator, Field, model_validator

from orderloom.domain.cel_words import fault_in_words
from orderloom.domain.model import Frozen

_ENV = cel.NewEnv(
    variables={
        "request": cel.Type.DYN,
        "answer": cel.Type.DYN,
        "settings": cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
        "dispatch_id": cel.Type.STRING,
        "reference": cel.Type.STRING,
        "page": cel.Type.STRING,
        "headers": cel.Type.Map(cel.Type.STRING, cel.Type.STRING),
    }
)
"""`request`: the body of `POST /shipments` of the node protocol. `answer`: the JSON that the node sent."""
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
PLACEHOLDERS = ("dispatch_id", "reference", "page")


def compiled(expression: str) -> cel.Expression:
    """Raises ValueError with the column and what is wrong."""
    try:
        return _ENV.compile(expression)
    except RuntimeError as wrong:
        found = re.search(r"<input>:(\d+):(\d+): (.*)", str(wrong))
        place = (
            f"line {found[1]}, column {found[2]}: {fault_in_words(found[3])}" if found else str(wrong).splitlines()[0]
        )
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
        raise ValueError(
            f"{path!r} must be relative to the url and may hold {{dispatch_id}}, {{reference}} and {{page}}"
        )
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


class Signing(StrEnum):
    """How a callback proves who sent it."""

    HMAC_HEX = "hmac_hex"
    """HMAC-SHA256 of the raw body in hexadecimal; `sha256=` before it is allowed."""
    HMAC_BASE64 = "hmac_base64"
    STANDARD_WEBHOOKS = "standard_webhooks"
    """`webhook-id`, `webhook-timestamp` and `webhook-signature` (standardwebhooks.com), a secret of `whsec_...`."""
    SECRET = "secret"  # noqa: S105 - the name of a way
    """The secret itself in a header."""


class NodeCallback(Frozen):
    """How a node reports by itself, in its own shape."""

    signing: Signing = Signing.HMAC_HEX
    header: str = "X-Signature"
    """Where the signature or secret is; not used by standard_webhooks."""
    events: Cel
    """Of the JSON (`answer`) and the request's `headers`, by lower-case name: a list of reports (node-protocol.md)."""


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
    stock: NodeCall | None = None
    """Asks what the node has; `page` is "" at first, then what `next_page` gave."""
    levels: Cel | None = None
    """Of the answer to `stock`: a list of a `sku` with its `on_hand` or its `available` units."""
    next_page: Cel | None = None
    """Of the answer to `stock`: what names the next page, "" after the last. Without it there is one page."""
    callback: NodeCallback | None = None
    """How the node reports by itself; without it by the node protocol."""

    @model_validator(mode="after")
    def _is_whole(self) -> "NodeApi":
        missing = [name for name in ("dispatch", "find", "found") if getattr(self, name) is None]
        if missing and self.preset is None:
            raise ValueError(f"lacks {' and '.join(missing)}; name a preset or describe them")
        if (self.stock is None) != (self.levels is None):
            raise ValueError("has one of `stock` and `levels`; a stock query needs both")
        return self

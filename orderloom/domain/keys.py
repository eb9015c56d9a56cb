"""Every identifier that outlives a process is built here and nowhere else."""

import hashlib
import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from orderloom.domain.model import Frozen

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,30}$")]
"""A short fixed name from the configuration (an account, a node, a pool): never reused."""

DISPATCH_ID_LIMIT = 40
_NOT_URL_SAFE = re.compile(r"[^A-Za-z0-9-]+")


class Channel(StrEnum):
    AMAZON = "amazon"
    SHOPIFY = "shopify"


class OrderKey(Frozen):
    """Names one order across all channels and accounts; its text form is `{channel}:{account}:{order_id}`."""

    channel: Channel
    account: Slug
    order_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]

    def __str__(self) -> str:
        return f"{self.channel}:{self.account}:{self.order_id}"

    @classmethod
    def parse(cls, text: str) -> "OrderKey":
        """Read `channel:account:order_id`; raises ValueError on anything else."""
        parts = text.split(":")
        if len(parts) != 3:
            raise ValueError(f"{text!r} is no order key; write channel:account:order_id, e.g. shopify:kitchen:1001")
        channel, account, order_id = parts
        return cls(channel=Channel(channel), account=account, order_id=order_id)


def workflow_id(key: OrderKey) -> str:
    return f"order:{key}"


def follow_up_id(key: OrderKey, event_id: str) -> str:
    """The id of the small workflow that looks after an event which came after the order was closed."""
    return f"after:{key}:{event_id}"


def resolve_id(event_id: str) -> str:
    """The id of the workflow that asks a channel which order an event is about."""
    return f"resolve:{event_id}"


def sweep_id(channel: Channel, account: str) -> str:
    return f"sweep:{channel}:{account}"


def publisher_id(channel: Channel, account: str) -> str:
    return f"publisher:{channel}:{account}"


def fba_id(account: str) -> str:
    """The schedule and workflow that read one Amazon account's stock in Amazon's warehouses."""
    return f"fba:{account}"


def returns_id(account: str) -> str:
    """The schedule and workflow that read one Amazon account's report of returns."""
    return f"returns:{account}"


def reconcile_id(channel: Channel, account: str) -> str:
    return f"reconcile:{channel}:{account}"


def catch_up_id(channel: Channel, account: str, since: datetime) -> str:
    """Reads what an account's channel could not tell us of since then."""
    return f"{reconcile_id(channel, account)}:since:{since:%Y%m%dT%H%M%SZ}"


def cancellations_id(account: str) -> str:
    """The workflow that tells one account's channel of cancellations in batches."""
    return f"cancellations:{account}"


def follow_id(node: str) -> str:
    return f"follow:{node}"


def stock_id(node: str) -> str:
    """The schedule and workflow that ask one node what it has."""
    return f"stock:{node}"


def dispatch_id(key: OrderKey, shipment: int, attempt: int) -> str:
    """Name one attempt at one shipment: deterministic, URL-safe, at most 40 characters.

    The digest keeps two shops with equal order numbers apart; the order id is there for people who read a node's log.
    """
    digest = hashlib.sha256(str(key).encode()).hexdigest()[:10]
    tail = f"-{shipment}-{attempt}"
    readable = _NOT_URL_SAFE.sub("-", key.order_id)[: DISPATCH_ID_LIMIT - len(digest) - 1 - len(tail)]
    return f"{digest}-{readable}{tail}"

"""The card that a person reads in the Temporal UI: where the order stands, what it waits for, what to do."""

from collections.abc import Sequence

from orderloom.domain.orders import Hold, OrderStatus

LINES_SHOWN = 6
WAITS_FOR = {
    OrderStatus.ARRIVED: "its event to be read",
    OrderStatus.RESERVED: "a routing decision",
    OrderStatus.ROUTED: "the nodes to take it",
    OrderStatus.DISPATCHED: "the nodes to ship",
    OrderStatus.PARTIALLY_SHIPPED: "the remaining packages",
    OrderStatus.SHIPPED: "the channel to take the confirmation",
}


def status_card(name: str, status: OrderStatus, hold: Hold | None, waiting: str, happened: Sequence[str]) -> str:
    """Markdown."""
    words = status.value.replace("_", " ")
    lines = [f"**{name}: {words}**"]
    if hold:
        lines += [f"Waits for a person: {hold.detail}", f"To do: {hold.fix}"]
    elif waiting or status in WAITS_FOR:
        lines += [f"Waits for {waiting or WAITS_FOR[status]}", "To do: nothing"]
    lines += ["", *(f"- {line}" for line in happened[-LINES_SHOWN:])]
    return "\n".join(lines)

"""Amazon's words for where an order stands and who ships it: those of 2026 and those of v0, which notifications use."""

from orderloom.domain.orders import ChannelState

_STATES = {
    "PENDINGAVAILABILITY": ChannelState.PENDING,
    "PENDING": ChannelState.PENDING,
    "INVOICEUNCONFIRMED": ChannelState.PENDING,
    "UNSHIPPED": ChannelState.OPEN,
    "PARTIALLYSHIPPED": ChannelState.OPEN,
    "UNFULFILLABLE": ChannelState.OPEN,
    "SHIPPED": ChannelState.FULFILLED,
    "CANCELLED": ChannelState.CANCELLED,
    "CANCELED": ChannelState.CANCELLED,
}
_FULFILLED_BY_AMAZON = {"AMAZON": True, "AFN": True, "MERCHANT": False, "MFN": False}


def state_of(word: str) -> ChannelState | None:
    """PARTIALLY_SHIPPED and PartiallyShipped alike; None for a word that we do not know."""
    return _STATES.get("".join(filter(str.isalpha, word)).upper())


def shipped_by_amazon(word: str) -> bool | None:
    """AMAZON and AFN alike; None for a word that we do not know."""
    return _FULFILLED_BY_AMAZON.get(word.upper())

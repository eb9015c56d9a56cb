"""Clearing an alarm as people name it: by its listing and kind, without the pool that the book keeps it under."""

from orderloom.domain.errors import InputInvalid
from orderloom.domain.listing.ports import ListingBook
from orderloom.domain.listing.state import AlertKind


def clear_alarm(book: ListingBook, listing: str, kind: AlertKind, by: str) -> None:
    """Clear it in every pool that has it. Raises InputInvalid where there is no such open alarm."""
    pools = [alarm.pool for alarm in book.alarms() if (alarm.listing, alarm.kind) == (listing, kind)]
    if not pools:
        raise InputInvalid("alarms", None, listing, f"has no open alarm {kind}; `orderloom listings alarms` shows them")
    for pool in pools:
        book.clear(pool, listing, kind, by)

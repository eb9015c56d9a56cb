"""What publishing waits for: every account's listings sell the same units, so all are read before the first push."""

from datetime import datetime

from activities.publishing import FIRST_READINGS
from orderloom.domain.listing.ports import ListingBook
from orderloom.domain.merchant import MerchantConfig


def waiting_for_readings(book: ListingBook, config: MerchantConfig, now: datetime) -> str | None:
    """In a sentence; None once every account that publishes was read. Each waits no longer than FIRST_READINGS."""
    read_at = {
        f"{account.channel}:{account.account}": book.catalogue_read_at(account.channel, account.account)
        for account in config.accounts
        if account.publish
    }
    unread = ", ".join(name for name, at in read_at.items() if at is None)
    if not unread:
        return None
    begun = [at for at in read_at.values() if at is not None]
    if not begun:
        return f"the listings of {unread} were not read yet; nothing is published before"
    until = max(begun) + FIRST_READINGS
    if now < until:
        return f"the listings of {unread} were not read yet; nothing is published before, or before {until:%H:%M} UTC"
    return f"the listings of {unread} were not read yet; the others are published without them"

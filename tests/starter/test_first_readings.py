"""What an operator is told while publishing waits for the first readings."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from orderloom.domain.keys import Channel
from orderloom.domain.listing.ports import ListingBook
from starter.first_readings import waiting_for_readings
from tests.workflows.fake_listings import KITCHEN, KITCHEN_US, FakeListingBook
from tests.workflows.merchant import CONFIG

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOT_READ = "the listings of amazon:kitchen_us were not read yet; "


@pytest.mark.parametrize(
    ("read", "minutes", "told"),
    [
        ((), 0, "the listings of shopify:kitchen, amazon:kitchen_us were not read yet; nothing is published before"),
        ((KITCHEN,), 9, NOT_READ + "nothing is published before, or before 12:10 UTC"),
        ((KITCHEN,), 10, NOT_READ + "the others are published without them"),
        ((KITCHEN, KITCHEN_US), 0, None),
    ],
)
def test_whose_first_reading_is_waited_for_and_how_long(
    read: tuple[tuple[Channel, str], ...], minutes: int, told: str | None
) -> None:
    book = cast(ListingBook, FakeListingBook(read_at=dict.fromkeys(read, NOON)))
    assert waiting_for_readings(book, CONFIG, NOON + timedelta(minutes=minutes)) == told

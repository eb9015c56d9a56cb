from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.reading_fba import FbaActivities
from activities.round_messages import FbaRead, FbaStart
from orderloom.domain.errors import Rejected, Throttled
from orderloom.domain.listing.offers import FbaLevel, FbaPage
from orderloom.domain.orders import Component

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
START = FbaStart(account="kitchen_us", node="fba")
DEAD = Rejected("amazon:us", "InvalidInput", "nextToken has expired")
MAPPED = {
    "PAN-FBA": (Component(sku="PAN"),),
    "PAN-TWIN": (Component(sku="PAN"),),
    "LID-3": (Component(sku="LID", units=3),),
    "SET": (Component(sku="PAN"), Component(sku="LID")),
}


@dataclass
class Amazon:
    answers: list[FbaPage | Exception]
    asked: list[str | None] = field(default_factory=list)

    def fba_levels(self, page_token: str | None) -> FbaPage:
        self.asked.append(page_token)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class Book:
    snapshots: list[tuple[str, dict[str, int], datetime]] = field(default_factory=list)

    def record_fba_snapshot(self, node: str, levels: Mapping[str, int], read_at: datetime) -> int:
        self.snapshots.append((node, dict(levels), read_at))
        return len(levels)


def page(token: str | None = None, at: datetime = NOW, **levels: int) -> FbaPage:
    found = tuple(FbaLevel(seller_sku=sku.replace("_", "-"), fulfillable=units) for sku, units in levels.items())
    return FbaPage(levels=found, next_token=token, read_at=at)


def read(*answers: FbaPage | Exception) -> tuple[FbaRead, Book, Amazon, list[float]]:
    amazon, book, waited = Amazon(list(answers)), Book(), list[float]()
    catalog: Any = SimpleNamespace(components=lambda channel, account, listings: MAPPED)
    steps = FbaActivities(catalog, book, {"kitchen_us": amazon}, pause=waited.append)
    return ActivityEnvironment().run(steps.read_fba, START), book, amazon, waited


def test_all_pages_are_one_snapshot_in_canonical_skus_as_of_the_first_request() -> None:
    done, book, amazon, _ = read(page("2", PAN_FBA=4, LID_3=2), page(at=NOW + timedelta(seconds=9), PAN_TWIN=1))
    assert book.snapshots == [("fba", {"PAN": 5, "LID": 6}, NOW)]
    assert amazon.asked == [None, "2"]
    assert done == FbaRead(skus=2, changed=2)


def test_what_names_no_single_sku_is_not_counted_and_said() -> None:
    done, book, _, _ = read(page(SET=3, NEW=1, PAN_FBA=0))
    assert done.unmapped == ("NEW", "SET")
    assert book.snapshots == [("fba", {"PAN": 0}, NOW)]


def test_a_throttle_is_waited_for_within_the_life_of_a_token() -> None:
    _, book, amazon, waited = read(page("2", PAN_FBA=4), Throttled("amazon:us", 0.5), page(LID_3=1))
    assert (amazon.asked, waited) == ([None, "2", "2"], [0.5])
    assert book.snapshots == [("fba", {"PAN": 4, "LID": 3}, NOW)]


def test_a_token_that_died_begins_the_snapshot_again() -> None:
    _, book, amazon, _ = read(page("2", PAN_FBA=4), DEAD, page(PAN_FBA=3))
    assert amazon.asked == [None, "2", None]
    assert book.snapshots == [("fba", {"PAN": 3}, NOW)]


def test_tokens_that_always_die_leave_the_ledger_as_it_is() -> None:
    answers: list[FbaPage | Exception] = [page("2", PAN_FBA=4), DEAD]
    with pytest.raises(ApplicationError) as raised:
        read(*answers * 3)
    assert (raised.value.type, raised.value.non_retryable) == ("Unavailable", False)

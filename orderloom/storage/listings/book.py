"""The listing book as the rest of orderloom sees it: each method is one transaction."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

import structlog
from sqlalchemy import Connection, select, update

from orderloom.domain.errors import Unavailable
from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Batch, ListingKey, Offer, PushAnswer
from orderloom.domain.listing.ports import Alarm, Ended, ListingView, PolicyBook
from orderloom.domain.listing.state import AlertKind
from orderloom.storage.database import Database, insert_or
from orderloom.storage.listings import alarms, planning, pushes, unmapped, unwritten, views, work
from orderloom.storage.listings import offers as shown
from orderloom.storage.tables import listing_pools, watermarks

log = structlog.stdlib.get_logger(__name__)

FIRST_BACK_OFF, LONGEST_BACK_OFF = 5.0, 600.0


class SqlListingBook:
    """Implements the port ListingBook."""

    def __init__(self, database: Database, policies: PolicyBook, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._policies = policies
        self._clock = clock
        self._knows_unpublished = False

    def record_offers(self, offers: Sequence[Offer]) -> Sequence[Offer]:
        return self._database.write(lambda c: shown.record_offers(c, offers, self._policies, self._clock()))

    def forget_offers_not_seen_since(self, channel: Channel, account: str, moment: datetime) -> int:
        def work(connection: Connection) -> int:
            first = {"channel": channel, "account": _catalogue(account), "read_until": moment}
            connection.execute(insert_or(connection, watermarks).on_conflict_do_nothing(), first)
            return shown.forget_not_seen(connection, channel, account, moment, self._clock())

        return self._database.write(work)

    def catalogue_read_at(self, channel: Channel, account: str) -> datetime | None:
        columns = watermarks.c
        statement = select(columns.read_until).where(columns.channel == channel, columns.account == _catalogue(account))
        return self._database.read(lambda c: c.execute(statement).scalar_one_or_none())

    def plan(self, limit: int) -> Ended:
        """A cluster whose planning fails is held back, loses nothing, and keeps no other one waiting."""
        now = self._clock()
        if not self._knows_unpublished:
            self._database.write(lambda c: unwritten.plan_unpublished(c, self._policies))
            self._knows_unpublished = True
        if self._database.read(unmapped.is_any_to_zero):
            self._database.write(lambda c: unmapped.zero_unmapped(c, self._policies, now))
        places = self._database.read(lambda c: planning.due_places(c, now.timestamp(), limit))
        for pool, sku in places:
            self._plan_one(pool, sku)
        return Ended(planned=len(places), more=len(places) == limit)

    def next_batch(self, channel: Channel, account: str, size: int) -> Batch | None:
        return self._database.write(lambda c: pushes.next_batch(c, channel, account, size, self._clock()))

    def answered(self, batch: Batch, answers: Sequence[PushAnswer]) -> None:
        self._database.write(lambda c: pushes.answered(c, batch, answers, self._clock()))

    def due_reads(self, channel: Channel, account: str, limit: int) -> Sequence[Offer]:
        return self._database.read(lambda c: work.due_reads(c, channel, account, limit, self._clock().timestamp()))

    def look_now(self, key: ListingKey) -> None:
        self._database.write(lambda c: shown.look_at(c, key, 0.0))

    def heard(self, channel: Channel, account: str, reference: str, place: str, quantity: int) -> None:
        self._database.write(lambda c: work.heard(c, channel, account, reference, place, quantity))

    def heard_quantity(self, key: ListingKey, quantity: int) -> None:
        self._database.write(lambda c: work.heard_quantity(c, key, quantity))

    def wait(self, channel: Channel, account: str) -> float | None:
        return self._database.read(lambda c: work.wait(c, channel, account, self._clock().timestamp()))

    def accounts_with_work(self, besides: Collection[tuple[Channel, str]] = ()) -> Sequence[tuple[Channel, str]]:
        found = self._database.read(lambda c: work.accounts_with_work(c, self._clock().timestamp()))
        return [account for account in found if account not in besides]

    def views(self, sku: str | None = None, account: str | None = None, limit: int = 1000) -> Sequence[ListingView]:
        return self._database.read(lambda c: views.views(c, sku, account, limit, self._clock()))

    def alarms(self, *, open_only: bool = True) -> Sequence[Alarm]:
        return self._database.read(lambda c: alarms.alarms(c, open_only=open_only))

    def clear(self, pool: str, listing: str, kind: AlertKind, by: str) -> None:
        self._database.write(lambda c: alarms.clear(c, pool, listing, kind, by, self._clock()))

    def pause(self, sku: str, by: str, why: str) -> None:
        self._database.write(lambda c: views.pause(c, sku, by, why, self._clock()))

    def resume(self, sku: str, by: str, why: str) -> None:
        self._database.write(lambda c: views.resume(c, sku))
        log.info("offered again", sku=sku, by=by, why=why)

    def prune(self) -> int:
        """Forget pushes that were finished long ago; returns how many."""
        return self._database.write(lambda c: pushes.prune(c, self._clock()))

    def _plan_one(self, pool: str, sku: str) -> None:
        try:
            self._database.write(lambda c: planning.plan_place(c, pool, sku, self._policies, self._clock()))
        except Unavailable:
            raise
        except Exception:
            log.exception("a SKU's listings could not be planned; they stay as they are", pool=pool, sku=sku)
            self._database.write(lambda c: self._hold_back(c, pool, sku))

    def _hold_back(self, connection: Connection, pool: str, sku: str) -> None:
        columns = listing_pools.c
        place = (columns.pool == pool) & (columns.place == sku)
        failures = connection.execute(select(columns.failures).where(place)).scalar_one_or_none() or 0
        wait = min(FIRST_BACK_OFF * 2**failures, LONGEST_BACK_OFF)
        later = {"failures": min(failures + 1, 20), "not_before": self._clock().timestamp() + wait}
        connection.execute(update(listing_pools).where(place).values(**later))


def _catalogue(account: str) -> str:
    """Where the watermark of an account's catalogue lies, beside that of its orders."""
    return f"listings:{account}"

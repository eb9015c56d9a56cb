"""What `orderloom doctor` says of the database, and of what lies in it that a person should look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orderloom.domain.carriers import CarrierTable, unknown_carrier
from orderloom.domain.errors import OrderloomError, OutsideError
from orderloom.domain.merchant import MerchantConfig
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.rules_in_force import in_words, remarks

MANY = 100
RECENT = timedelta(days=1)
"""A delivery that could not be read is called out for so long."""


@dataclass(frozen=True)
class Finding:
    what: str
    is_good: bool
    text: str


def failed(what: str, wrong: OrderloomError) -> Finding:
    return Finding(what, False, wrong.detail if isinstance(wrong, OutsideError) else str(wrong))


def look_into(store: Store, settings: Settings, config: MerchantConfig) -> Iterator[Finding]:
    try:
        yield from (Finding("configuration", False, each.text) for each in store.configurations.refused())
        yield _database(store, settings)
        yield _events(store)
        yield from _privacy(store)
        yield from _carriers(store, config)
        yield from _rules(store, settings, config)
    except OrderloomError as wrong:
        yield failed("database", wrong)


def _database(store: Store, settings: Settings) -> Finding:
    report = store.ledger.verify()
    kind = settings.database.partition(":")[0]
    balance = "balanced" if report.is_balanced else "UNBALANCED"
    return Finding("database", True, f"{kind}, migrated, {report.skus} SKUs in stock, ledger {balance}")


def _events(store: Store) -> Finding:
    """Deliveries that nobody could read: a person looks at the new ones."""
    newest = store.stories.unreadable(limit=MANY)
    if not newest:
        return Finding("events", True, "all could be read")
    count = f"{MANY} or more" if len(newest) == MANY else str(len(newest))
    last = newest[0]
    is_old = datetime.now(UTC) - last.received_at > RECENT
    text = f"{count} could not be read, the last from {last.origin} at {last.received_at:%Y-%m-%d %H:%M}: {last.detail}"
    return Finding("events", is_old, f"{text} (`orderloom events list`)")


def _privacy(store: Store) -> Iterator[Finding]:
    """Requests that wait for an answer; one whose time is over is bad."""
    waiting = store.privacy_requests.all()
    if waiting:
        first = waiting[0].due_at
        text = f"{len(waiting)} open, the first due by {first:%Y-%m-%d}; `orderloom privacy requests`"
        yield Finding("privacy requests", first > datetime.now(UTC), text)


def _carriers(store: Store, config: MerchantConfig) -> Iterator[Finding]:
    """Those of the last 30 days that are in no table: they work, and less well than they could."""
    table = CarrierTable(config.carriers)
    for name, count in store.health.carriers().items():
        if table.find(name) is None:
            yield Finding("carriers", True, f"warning: {unknown_carrier(name)} (packages in 30 days: {count})")


def _rules(store: Store, settings: Settings, config: MerchantConfig) -> Iterator[Finding]:
    found = list(remarks(settings, config, store))
    bad = [remark.text for remark in found if remark.is_bad]
    yield Finding("rules in force", not bad, bad[0] if bad else in_words(settings, config, store))
    yield from (Finding("rules", True, f"warning: {remark.text}") for remark in found if not remark.is_bad)

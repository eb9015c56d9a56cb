"""What came of the demo, counted from the sandbox's and the ledger's own state."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from orderloom.domain.model import Frozen
from orderloom.domain.orders import OrderStatus
from orderloom.domain.records import OrderStory
from orderloom.domain.stock import StockLevel
from orderloom.sandbox.truth import Truth
from orderloom.storage.store import Store
from starter.bench.live.tally import ORDERLOOM, Comparison
from starter.demo.judging import disagreements
from starter.demo.latency import Percentiles, latencies
from starter.demo.script import Script, Twist
from starter.demo.shop import Shop


class OrderCounts(Frozen):
    arrived: int
    completed: int
    observed: int
    held: int
    cancelled: int


class DemoReport(Frozen):
    """The content of report.json."""

    orders: OrderCounts
    dispatches: int
    confirmations: int
    duplicate_dispatches: int
    duplicate_confirmations: int
    oversold_units: int
    """Units reserved or dispatched beyond what was on hand."""
    short_units: int
    """Units that a channel sold beyond the stock; their orders are held."""
    ledger_balanced: bool
    latency_ms: dict[str, Percentiles]
    duration_s: float
    flash_sale: Comparison | None = None
    """The short flash sale after the day: orderloom beside a batch connector."""
    failures: tuple[str, ...]


@dataclass(frozen=True)
class Performance:
    """What was played, and how long it took."""

    shop: Shop
    script: Script
    twists: dict[str, Twist]
    """By order key."""
    duration_s: float


def write_report(truth: Truth, stories: Sequence[OrderStory], store: Store, played: Performance) -> DemoReport:
    ledger = store.ledger.verify()
    short, oversold = store.ledger.short_units(), store.ledger.oversold_units()
    failures = disagreements(truth, stories, played.twists, played.shop.stock, _levels(store, played.shop), ledger)
    if short != played.script.short_units:
        failures.append(f"the ledger is short of {short} units, the script of {played.script.short_units}")
    if oversold:
        failures.append(f"{oversold} units are reserved or dispatched beyond what is on hand")
    statuses = Counter(story.record.status for story in stories)
    return DemoReport(
        orders=OrderCounts(
            arrived=len(stories),
            completed=statuses[OrderStatus.COMPLETED],
            observed=statuses[OrderStatus.OBSERVED],
            held=statuses[OrderStatus.HELD],
            cancelled=statuses[OrderStatus.CANCELLED],
        ),
        dispatches=truth.accepted_dispatches,
        confirmations=len(truth.confirmations),
        duplicate_dispatches=truth.duplicate_dispatches,
        duplicate_confirmations=truth.duplicate_confirmations,
        oversold_units=oversold,
        short_units=short,
        ledger_balanced=ledger.is_balanced,
        latency_ms=latencies(stories),
        duration_s=round(played.duration_s, 1),
        failures=tuple(failures),
    )


def with_flash_sale(report: DemoReport, found: Comparison, store: Store) -> DemoReport:
    """Whatever orderloom oversold in it is a failure, and so is a ledger that no longer adds up."""
    failures = [*report.failures]
    if oversold := found.total(ORDERLOOM).oversold:
        failures.append(f"{oversold} units were oversold in the flash sale")
    failures += [f"ledger: {v.invariant} at {v.place}: {v.detail}" for v in store.ledger.verify().violations]
    return report.model_copy(update={"flash_sale": found, "failures": tuple(dict.fromkeys(failures))})


def _levels(store: Store, shop: Shop) -> list[StockLevel]:
    return [level for master in shop.masters for level in store.ledger.show_nodes(master.sku)]

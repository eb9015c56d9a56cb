"""What a person sees of the demo: a live count while it runs, and a table at the end that a merchant understands."""

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from orderloom.domain.keys import Channel
from orderloom.domain.orders import OrderStatus
from orderloom.domain.records import OrderStory, OrderSummary
from orderloom.sandbox.truth import Truth
from starter.bench.live.tally import BATCH, ORDERLOOM, Comparison
from starter.demo.latency import TARGET_SECONDS
from starter.demo.report import DemoReport

WIDTH = 100
CHANNEL_NAMES = {Channel.AMAZON: "Amazon", Channel.SHOPIFY: "Shopify"}
STAGES = {
    "arriving": (OrderStatus.ARRIVED, OrderStatus.WAITING),
    "reserved, routed": (OrderStatus.RESERVED, OrderStatus.ROUTED),
    "dispatched": (OrderStatus.DISPATCHED, OrderStatus.PARTIALLY_SHIPPED),
    "shipped": (OrderStatus.SHIPPED,),
    "confirmed": (OrderStatus.COMPLETED,),
    "observed": (OrderStatus.OBSERVED,),
    "held": (OrderStatus.HELD,),
    "cancelled": (OrderStatus.CANCELLED, OrderStatus.SKIPPED),
}


def a_console() -> Console:
    console = Console(highlight=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    return console


class LiveCount(AbstractContextManager["LiveCount"]):
    """Orders by stage and channel, redrawn in place on a terminal; without one, only what is said is printed."""

    def __init__(self, console: Console, orders: int) -> None:
        self._console = console
        self._orders = orders
        self._live = Live(console=console, refresh_per_second=8, transient=True) if console.is_terminal else None

    def __enter__(self) -> "LiveCount":
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def say(self, line: str) -> None:
        self._console.print(f"  {line}", markup=False)

    def show(self, orders: Sequence[OrderSummary]) -> None:
        if not self._live:
            return
        table = Table(box=None, pad_edge=False)
        table.add_column("")
        for channel in Channel:
            table.add_column(CHANNEL_NAMES[channel], justify="right")
        counts = Counter((order.key.channel, order.status) for order in orders)
        for stage, statuses in STAGES.items():
            table.add_row(stage, *(str(sum(counts[channel, status] for status in statuses)) for channel in Channel))
        done = sum(order.status.is_end for order in orders)
        table.add_row("", "", "")
        bar = ProgressBar(total=self._orders, completed=done, width=40)
        grid = Table.grid()
        grid.add_row(table)
        grid.add_row(bar)
        self._live.update(grid)


def show_outcome(console: Console, report: DemoReport, stories: Sequence[OrderStory], truth: Truth) -> None:
    """The end of the demo: per channel, per hold, and the times against the published targets."""
    console.print(_per_channel(stories, truth))
    held = [story for story in stories if story.record.hold]
    if held:
        console.print(_holds(held))
    console.print(_times(report))
    console.print(
        f"Nodes accepted {report.dispatches} dispatches, {report.duplicate_dispatches} of them twice. "
        f"Channels were told of {report.confirmations} packages, {report.duplicate_confirmations} of them twice."
    )
    balance = "balanced" if report.ledger_balanced else "NOT balanced"
    console.print(
        f"The ledger is {balance}: {report.oversold_units} units oversold, "
        f"{report.short_units} sold by a channel beyond stock and held."
    )
    for failure in report.failures:
        console.print(Text(f"failure: {failure}", style="bold red"))


def show_flash_sale(console: Console, found: Comparison) -> None:
    """Orderloom beside the batch connector, by what the sandbox's channels really sold."""
    table = Table(title="The flash sale", title_justify="left", box=None, pad_edge=False)
    for heading in ("", "stock", "buyers", "sold", "oversold", "unsold", "turned away", "writes to channels"):
        table.add_column(heading, justify="left" if not heading else "right")
    names = {ORDERLOOM: "orderloom", BATCH: f"batch connector, each {found.batch_seconds:.0f} s"}
    for one in found.totals:
        figures = (one.stock, one.demand, one.sold, one.oversold, one.unsold, one.turned_away, one.pushes)
        table.add_row(names[one.contender], *map(str, figures))
    console.print(table)


def _per_channel(stories: Sequence[OrderStory], truth: Truth) -> Table:
    table = Table(title="What became of the orders", title_justify="left", box=None, pad_edge=False)
    for heading in ("", "arrived", "shipped", "confirmed", "observed", "held", "cancelled"):
        table.add_column(heading, justify="left" if not heading else "right")
    for channel in Channel:
        mine = [story for story in stories if story.record.order.key.channel is channel]
        statuses = Counter(story.record.status for story in mine)
        told = {confirmation.order_name for confirmation in truth.confirmations if confirmation.channel == channel}
        table.add_row(
            CHANNEL_NAMES[channel],
            str(len(mine)),
            str(sum(bool(story.packages) for story in mine)),
            str(len(told)),
            str(statuses[OrderStatus.OBSERVED]),
            str(statuses[OrderStatus.HELD]),
            str(statuses[OrderStatus.CANCELLED]),
        )
    return table


def _holds(held: Sequence[OrderStory]) -> Table:
    table = Table(title="Orders that wait for a person", title_justify="left", box=None, pad_edge=False)
    for heading in ("order", "why", "what to do"):
        table.add_column(heading, overflow="fold")
    for story in held:
        hold = story.record.hold
        if hold:
            table.add_row(*(Text(cell) for cell in (story.record.order.name, hold.detail, hold.fix)))
    return table


def _times(report: DemoReport) -> Table:
    table = Table(
        title="From arrival, in seconds; orders that waited for a person or the channel first are not counted",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    for heading in ("", "orders", "p50", "p95", "p99", "published target"):
        table.add_column(heading, justify="left" if not heading else "right")
    for step, found in report.latency_ms.items():
        ranks = (found.p50, found.p95, found.p99)
        seconds = ["-" if value is None else f"{value / 1000:.2f}" for value in ranks]
        table.add_row(step, str(found.orders), *seconds, f"{TARGET_SECONDS[step]:.0f}")
    return table

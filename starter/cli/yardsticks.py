"""`orderloom bench throughput`, `webhooks` and `ledger`: speed, as a ratio to a bare yardstick of the same run."""

from dataclasses import asdict
from typing import Annotated

import typer

from starter.bench import ledger as ledger_bench
from starter.bench.throughput import measuring
from starter.bench.webhooks import measuring as webhook_bench
from starter.cli.options import AsJson
from starter.cli.output import complain, print_json, print_table


def throughput(
    orders: Annotated[int, typer.Option(min=1, max=100_000, help="Orders from webhook to confirmation.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Run orders through the whole stack, beside bare workflows of the same shape on the same Temporal server."""
    found = measuring.measure(orders, lambda line: complain(f"bench: {line}"))
    if as_json:
        print_json(asdict(found))
        return
    rows = [
        ("orders, webhook to confirmation", f"{found.orders_per_second:.2f}", f"{found.ratio:.3f}"),
        ("bare workflows of the same shape", f"{found.bare_per_second:.2f}", "1.000"),
    ]
    columns = (f"{orders} orders", "a second", "to bare")
    print_table(columns, rows, nothing="", right=columns[1:])


def webhooks(
    count: Annotated[int, typer.Option("--webhooks", min=10, max=1_000_000, help="How many are sent.")] = 2_000,
    at_once: Annotated[int, typer.Option(min=1, max=256, help="How many wait for an answer at a time.")] = 16,
    as_json: AsJson = False,
) -> None:
    """Send signed webhooks to a starter of its own, beside a bare FastAPI app, each in one process."""
    found = webhook_bench.measure(count, at_once)
    if as_json:
        print_json(asdict(found))
        return
    contenders = (("starter: stored and acknowledged", found.orderloom), ("bare FastAPI", found.bare))
    ratios = (f"{found.ratio:.3f}", "1.000")
    rows = [
        (name, f"{each.per_second:.1f}", f"{each.p50_ms:.1f}", f"{each.p99_ms:.1f}", ratio)
        for (name, each), ratio in zip(contenders, ratios, strict=True)
    ]
    columns = (f"{count} webhooks", "a second", "p50 ms", "p99 ms", "to bare")
    print_table(columns, rows, nothing="", right=columns[1:])


def ledger(
    orders: Annotated[int, typer.Option(min=4, max=1_000_000, help="How many, one after another.")] = 1_000,
    database: Annotated[
        str | None, typer.Option(metavar="URL", help="An empty database to measure on. Default: a SQLite file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Reserve and release stock, beside bare transactions of one INSERT and one UPDATE on the same database."""
    found = ledger_bench.measure(orders, database)
    if as_json:
        print_json(asdict(found))
        return
    rows = [
        ("reserve an order", f"{found.reserve_per_second:.1f}", f"{found.reserve_to_bare:.3f}"),
        ("release it", f"{found.release_per_second:.1f}", f"{found.release_to_bare:.3f}"),
        ("bare INSERT and UPDATE", f"{found.bare_per_second:.1f}", "1.000"),
    ]
    columns = (f"{orders} orders, {found.database}", "a second", "to bare")
    print_table(columns, rows, nothing="", right=columns[1:])

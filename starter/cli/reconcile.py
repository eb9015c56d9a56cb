"""`orderloom reconcile`: what the channels show and sold, beside what we believe; differences are repaired."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from activities.round_messages import Reconciled, ReconcileStart
from orderloom.domain.errors import InputInvalid
from orderloom.domain.listing.reconcile import ListingRow
from orderloom.domain.merchant import AmazonAccount, ShopifyAccount
from starter.cli.options import STATE_DIR, AsJson, StateDir
from starter.cli.output import print_json, print_line, print_table
from starter.cli.session import Session, open_session, wait_for
from starter.reconciling import LONGEST_LOOK_BACK, Reconciliations, unrepaired
from starter.temporal import TemporalConnection, connector

NUMBERS = ("Shows", "Expected", "Difference")


def reconcile(
    account: Annotated[str | None, typer.Option(help="Only this account; default all that publish.")] = None,
    days: Annotated[int, typer.Option(min=1, max=LONGEST_LOOK_BACK, help="How far back orders are compared.")] = 1,
    wait: Annotated[float, typer.Option(min=1.0, help="Seconds to wait for each account's report.")] = 1800.0,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Compare listings and orders with the channels and repair them. Exit status 1 where a person has to look."""
    with open_session(state_dir) as session:
        reports = wait_for(_reports(session, _accounts(session, account), days, wait))
    if as_json:
        print_json([report.model_dump(mode="json") for report in reports])
    else:
        for report in reports:
            _print(report)
    if any(unrepaired(report) for report in reports):
        raise typer.Exit(1)


def _accounts(session: Session, wanted: str | None) -> list[AmazonAccount | ShopifyAccount]:
    publishing = [account for account in session.config.accounts if account.publish]
    chosen = [account for account in publishing if wanted in (None, account.account)]
    if not chosen:
        known = ", ".join(account.account for account in publishing) or "none"
        raise InputInvalid("reconcile", None, "--account", f"no account {wanted!r} publishes; those that do: {known}")
    return chosen


async def _reports(
    session: Session, accounts: list[AmazonAccount | ShopifyAccount], days: int, wait: float
) -> list[Reconciled]:
    """One account after another; what is done is shown on a terminal."""
    reconciliations = Reconciliations(await TemporalConnection(connector(session.settings)).client())
    screen = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    reports = []
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as shown:
        for account in accounts:
            task = shown.add_task(f"Comparing {account.channel}:{account.account} with its channel", total=None)
            start = ReconcileStart(channel=account.channel, account=account.account, days=days)
            reports.append(await reconciliations.run(start, wait))
            shown.remove_task(task)
    return reports


def _print(report: Reconciled) -> None:
    in_words = ", ".join(f"{count} {cause.replace('_', ' ')}" for cause, count in sorted(report.causes.items()))
    print_line(f"{report.channel}:{report.account}: {report.listings} listings ({in_words or 'none'})")
    if report.missing_orders:
        print_line(f"{report.missing_orders} orders had not reached us; they have been started")
    if report.rows:
        columns = ("Listing", "SKU", *NUMBERS, "Cause")
        print_table(columns, [_cells(row) for row in report.rows], nothing="", right=NUMBERS)
    for row in report.rows:
        if row.detail:
            print_line(f"{row.listing}: {row.detail}")


def _cells(row: ListingRow) -> tuple[object, ...]:
    shown, expected = ("?" if units is None else units for units in (row.shown, row.expected))
    differs = "-" if row.shown is None or row.expected is None else f"{row.difference:+d}"
    return row.listing, row.sku or "-", shown, expected, differs, row.cause.value.replace("_", " ")

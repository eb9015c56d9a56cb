"""`orderloom inventory`: what is there, what moved and why, and the ledger's own audit."""

from typing import Annotated

import typer

from orderloom.domain.errors import InputInvalid
from orderloom.domain.stock import LedgerReport, Movement
from starter.cli import proposals, stock_changes
from starter.cli.options import NEGATIVE_NUMBERS, STATE_DIR, AsJson, Limit, StateDir
from starter.cli.output import complain, print_json, print_line, print_table
from starter.cli.session import open_session
from starter.views import InventoryRow, inventory_rows, lasting

app = typer.Typer(no_args_is_help=True, help="Stock: levels, movements, counts, and the audit of the ledger.")
app.command("set", context_settings=NEGATIVE_NUMBERS)(stock_changes.set_)
app.command("import")(stock_changes.import_)
app.command(context_settings=NEGATIVE_NUMBERS)(stock_changes.receive)
app.add_typer(proposals.app, name="proposals")
LEVELS = ("On hand", "Reserved", "Short", "Available", "A day", "Lasts")


@app.command()
def show(
    sku: Annotated[str | None, typer.Argument(metavar="SKU", help="One SKU, with its nodes.")] = None,
    after: Annotated[str, typer.Option(help="Begin behind this SKU.")] = "",
    limit: Limit = 100,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show stock by SKU and pool; for one SKU also by node."""
    with open_session(state_dir) as session:
        if sku and sku not in session.store.catalog.masters([sku]):
            raise InputInvalid("inventory show", None, "SKU", f"{sku} is no SKU here; see `orderloom skus list`")
        rows = inventory_rows(session.store, session.config, sku, after, limit)
    if as_json:
        print_json([row.model_dump(mode="json") for row in rows])
        return
    nothing = f"{sku} was never counted; `orderloom inventory set` does" if sku else "no stock was counted yet"
    print_table(("SKU", "Pool", *LEVELS), [_level_cells(row) for row in rows], nothing=nothing, right=LEVELS)
    if sku and rows:
        print_line("")
        by_node = [(level.node, level.on_hand, level.allocated) for level in rows[0].nodes]
        print_table(("Node", "On hand", "Allocated"), by_node, nothing="", right=("On hand", "Allocated"))


@app.command()
def history(
    sku: str,
    before: Annotated[int | None, typer.Option(help="Only movements before this one, by its number.")] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show what changed the stock of a SKU: who, when, why; the last first."""
    with open_session(state_dir) as session:
        moved = session.store.ledger.history(sku, limit, before)
    if as_json:
        print_json([movement.model_dump(mode="json") for movement in moved])
        return
    columns = ("No.", "When (UTC)", "Node", "Units", "Kind", "Who", "Why")
    print_table(columns, [_cells(movement) for movement in moved], nothing=f"{sku} never moved", right=("No.", "Units"))


@app.command()
def verify(as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Audit the ledger. Exit status 1 where an invariant does not hold."""
    with open_session(state_dir) as session:
        report = session.store.ledger.verify()
    if as_json:
        print_json({**report.model_dump(mode="json"), "balanced": report.is_balanced})
    else:
        _print_report(report)
    if not report.is_balanced:
        raise typer.Exit(1)


def _level_cells(row: InventoryRow) -> tuple[object, ...]:
    rate = f"{row.per_day:.1f}" if row.per_day else "-"
    lasts = lasting(row.cover_seconds) + (" LOW" if row.cover_is_low else "")
    return row.sku, row.pool, row.on_hand, row.reserved, row.short, row.available, rate, lasts


def _cells(movement: Movement) -> tuple[object, ...]:
    why = f"{movement.why} ({movement.order_key})" if movement.order_key else movement.why
    when = f"{movement.at:%Y-%m-%d %H:%M:%S}"
    return (
        movement.movement_id,
        when,
        movement.node,
        f"{movement.delta:+d}",
        movement.kind.value.replace("_", " "),
        movement.by,
        why.strip(),
    )


def _print_report(report: LedgerReport) -> None:
    for violation in report.violations:
        complain(f"{violation.place}: {violation.invariant}: {violation.detail}")
    word = "balanced" if report.is_balanced else f"UNBALANCED, {len(report.violations)} violations"
    print_line(
        f"{word}: SKUs {report.skus}, movements {report.movements}, reservations {report.reservations}"
        f" ({report.checked_at:%Y-%m-%d %H:%M:%S} UTC)"
    )

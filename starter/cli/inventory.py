"""`orderloom inventory`: what is there, what is reserved, what is short; counts, and the ledger's own audit."""

from pathlib import Path
from typing import Annotated, Any

import typer

from orderloom.domain.errors import InputInvalid
from orderloom.domain.stock import CountReceipt, LedgerReport, StockCount
from starter.cli.csvfile import Content
from starter.cli.imports import may_apply, read_counts, refused
from starter.cli.options import STATE_DIR, AsJson, Limit, SkipBad, StateDir, operator
from starter.cli.output import complain, print_json, print_line, print_table
from starter.cli.session import Session, open_session
from starter.views import inventory_rows

app = typer.Typer(no_args_is_help=True, help="Stock: levels, counts, and the audit of the ledger.")
LEVELS = ("On hand", "Reserved", "Short", "Available")


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
        rows = inventory_rows(session.store.ledger, sku, after, limit)
    if as_json:
        print_json([row.model_dump(mode="json") for row in rows])
        return
    cells = [(row.sku, row.pool, row.on_hand, row.reserved, row.short, row.available) for row in rows]
    print_table(("SKU", "Pool", *LEVELS), cells, nothing="no stock was counted yet", right=LEVELS)
    if sku and rows:
        print_line("")
        by_node = [(level.node, level.on_hand, level.allocated) for level in rows[0].nodes]
        print_table(("Node", "On hand", "Allocated"), by_node, nothing="", right=("On hand", "Allocated"))


@app.command("set")
def set_(
    sku: str,
    node: str,
    quantity: Annotated[int, typer.Argument(metavar="QTY", min=0)],
    why: Annotated[str, typer.Option(help="Kept with the movement, e.g. `cycle count`.")],
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Say how many units of a SKU are at a node now. Orders that waited for them go on."""
    with open_session(state_dir) as session:
        _require_node(session, node)
        count = StockCount(sku=sku, node=node, on_hand=quantity)
        receipt = session.store.ledger.set_count(count, operator(), why)
    if as_json:
        print_json(receipt.model_dump(mode="json"))
        return
    print_line(_in_words(receipt))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="FILE.csv", help="sku,node,on_hand")],
    why: Annotated[str, typer.Option(help="Kept with each movement.")] = "import",
    skip_bad: SkipBad = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Set many counts from a CSV file. A file with a bad line is refused whole."""
    with open_session(state_dir) as session:
        content: Content[Any] = read_counts(file, session.config)
        known = session.store.catalog.masters(sorted({count.sku for _, count in content.rows}))
        for row, count in content.good:
            if count.sku not in known:
                content.refuse(row, "sku", f"{count.sku} is no SKU here; import it first")
        if not may_apply(content, skip_bad=skip_bad):
            raise refused(file, content)
        receipts = session.store.ledger.import_counts([count for _, count in content.good], operator(), why)
    served = sum(receipt.shortages_served for receipt in receipts)
    print_line(f"{len(receipts)} counts set; {served} units went to orders that waited for them")


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


def _print_report(report: LedgerReport) -> None:
    for violation in report.violations:
        complain(f"{violation.place}: {violation.invariant}: {violation.detail}")
    word = "balanced" if report.is_balanced else f"UNBALANCED, {len(report.violations)} violations"
    print_line(
        f"{word}: {report.skus} SKUs, {report.movements} movements, {report.reservations} reservations"
        f" at {report.checked_at:%Y-%m-%d %H:%M:%S} UTC"
    )


def _require_node(session: Session, node: str) -> None:
    if session.config.node(node) is None:
        known = ", ".join(n.node for n in session.config.nodes)
        raise InputInvalid("inventory set", None, "NODE", f"there is no node {node!r}; nodes are {known}")


def _in_words(receipt: CountReceipt) -> str:
    change = f"{receipt.sku} at {receipt.node}: {receipt.before} -> {receipt.after}"
    served = receipt.shortages_served
    return f"{change}; {served} units went to orders that waited for them" if served else change

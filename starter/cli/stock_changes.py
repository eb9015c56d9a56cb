"""The commands that change stock: counts and what came in, by hand or from a file. Who and why are kept with each."""

import hashlib
from pathlib import Path
from typing import Annotated, Any

import typer

from orderloom.domain.errors import InputInvalid
from orderloom.domain.stock import CountReceipt, StockCount, StockReceipt
from starter.cli.csvfile import Content
from starter.cli.imports import may_apply, read_counts, read_receipts, refused
from starter.cli.options import STATE_DIR, AsJson, SkipBad, StateDir, operator, said
from starter.cli.output import print_json, print_line, working
from starter.cli.session import Session, open_session
from starter.stock_lines import StockLine, line_problems

Why = Annotated[str, typer.Option(callback=said, help="Kept with the movement, e.g. `cycle count`.")]


def set_(
    sku: str,
    node: str,
    quantity: Annotated[int, typer.Argument(metavar="QTY", min=0)],
    why: Why,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Say how many units of a SKU are at a node now. Orders that waited for them go on."""
    count = StockCount(sku=sku, node=node, on_hand=quantity)
    with open_session(state_dir) as session:
        _require_known(session, "inventory set", count)
        receipt = session.store.ledger.set_count(count, operator(), why)
    if as_json:
        print_json(receipt.model_dump(mode="json"))
        return
    print_line(_in_words(receipt))


def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="FILE.csv", help="sku,node,on_hand")],
    why: Annotated[str, typer.Option(callback=said, help="Kept with each movement.")] = "import",
    skip_bad: SkipBad = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Set many counts from a CSV file. A file with a bad line is refused whole."""
    with open_session(state_dir) as session:
        content: Content[Any] = read_counts(file)
        counts = _good_lines(session, file, content, skip_bad=skip_bad, each_once=True)
        with working(f"Setting {len(counts)} counts", len(counts)):
            receipts = session.store.ledger.import_counts(counts, operator(), why)
    print_line(f"{len(receipts)} counts set; {_served(receipts)}")


def receive(
    sku: Annotated[str | None, typer.Argument(metavar="SKU")] = None,
    node: Annotated[str | None, typer.Argument(metavar="NODE")] = None,
    quantity: Annotated[int | None, typer.Argument(metavar="QTY", min=1)] = None,
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, metavar="FILE.csv", help="sku,node,quantity")
    ] = None,
    why: Annotated[str, typer.Option(help="Kept with each movement, e.g. `PO 4711`.")] = "",
    reference: Annotated[
        str | None,
        typer.Option(help="Names the delivery, which is received once, e.g. `DN 88`; default for a file: its content."),
    ] = None,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Add units that came in: SKU NODE QTY, or many from a CSV file. Orders that waited for them go on."""
    if not why.strip():
        raise typer.BadParameter("say why, e.g. --why 'PO 4711'", param_hint="--why")
    with open_session(state_dir) as session:
        receipts = _receipts(session, sku, node, quantity, file, skip_bad=skip_bad)
        once = reference or (_content_of(file) if file else None)
        with working(f"Receiving {len(receipts)} lines", len(receipts)):
            done = session.store.ledger.import_receipts(receipts, operator(), why, once)
    if as_json:
        print_json([receipt.model_dump(mode="json") for receipt in done])
    elif file is None:
        print_line(_in_words(done[0]))
    else:
        units = sum(receipt.quantity for receipt in receipts)
        print_line(f"{units} units in {len(done)} lines received; {_served(done)}")


def _content_of(file: Path) -> str:
    """What tells a file that is imported twice from the next one, whatever their names."""
    return f"file {hashlib.sha256(file.read_bytes()).hexdigest()[:16]}"


def _receipts(
    session: Session, sku: str | None, node: str | None, quantity: int | None, file: Path | None, *, skip_bad: bool
) -> list[StockReceipt]:
    given = [part is not None for part in (sku, node, quantity)]
    if file is not None and not any(given):
        content: Content[Any] = read_receipts(file)
        return _good_lines(session, file, content, skip_bad=skip_bad, each_once=False)
    if file is not None or sku is None or node is None or quantity is None:
        raise typer.BadParameter("give SKU NODE QTY, or --file FILE.csv")
    receipt = StockReceipt(sku=sku, node=node, quantity=quantity)
    _require_known(session, "inventory receive", receipt)
    return [receipt]


def _good_lines(session: Session, file: Path, content: Content[Any], *, skip_bad: bool, each_once: bool) -> list[Any]:
    """What may be applied. Raises InputInvalid, after naming every bad line, where that is nothing."""
    rows = content.good
    lines = [line for _, line in rows]
    for problem in line_problems(lines, session.config, session.store.catalog, each_once=each_once):
        content.refuse(rows[problem.index][0], problem.field, problem.why)
    if not may_apply(content, skip_bad=skip_bad):
        raise refused(file, content)
    return [line for _, line in content.good]


def _require_known(session: Session, command: str, line: StockLine) -> None:
    for problem in line_problems([line], session.config, session.store.catalog, each_once=False):
        raise InputInvalid(command, None, problem.field.upper(), problem.why)


def _in_words(receipt: CountReceipt) -> str:
    change = f"{receipt.sku} at {receipt.node}: {receipt.before} -> {receipt.after}"
    return f"{change}; {_served([receipt])}" if receipt.shortages_served else change


def _served(receipts: list[CountReceipt]) -> str:
    return f"{sum(receipt.shortages_served for receipt in receipts)} units went to orders that waited for them"

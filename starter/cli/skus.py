"""`orderloom skus`: the SKU master, the map from listings to SKUs, and what is not mapped yet."""

from pathlib import Path
from typing import Annotated, Any

import typer

from orderloom.domain.stock import Listing, SkuMaster
from starter.cli.csvfile import Content
from starter.cli.imports import bundles, may_apply, read_listings, read_masters, refused
from starter.cli.options import STATE_DIR, AsJson, Limit, SkipBad, StateDir, operator
from starter.cli.output import print_json, print_line, print_table
from starter.cli.session import Session, open_session

app = typer.Typer(no_args_is_help=True, help="The SKU master and the listings that are mapped to it.")
FILE_HELP = "SKUs: sku,title,weight_lb|weight_g,cost,currency,categories,barcode,hazmat"
LISTINGS_HELP = "Listings instead: channel,account,listing,sku,units; several rows of one listing form a bundle."
SkuFile = Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, metavar="FILE.csv", help=FILE_HELP)]
ListingsFile = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, metavar="FILE.csv", help=LISTINGS_HELP)]


@app.command("import")
def import_(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, metavar="FILE.csv", help=FILE_HELP)
    ] = None,
    listings: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help=LISTINGS_HELP)] = None,
    skip_bad: SkipBad = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Add or replace SKUs, listings or both from CSV files. A file with a bad line is refused whole."""
    if file is None and listings is None:
        raise typer.BadParameter("name a FILE.csv of SKUs, or --listings FILE.csv")
    with open_session(state_dir) as session:
        if file is not None:
            _import_masters(session, file, skip_bad)
        if listings is not None:
            _import_listings(session, listings, skip_bad)


def _import_masters(session: Session, file: Path, skip_bad: bool) -> None:
    content: Content[Any] = read_masters(file)
    if not may_apply(content, skip_bad=skip_bad):
        raise refused(file, content)
    count = session.store.catalog.import_skus([master for _, master in content.good], by=operator())
    print_line(f"{count} SKUs imported")


def _import_listings(session: Session, file: Path, skip_bad: bool) -> None:
    content: Content[Any] = read_listings(file, session.config)
    known = session.store.catalog.masters(sorted({part.sku for _, row in content.rows for part in row.components}))
    for row, listing in content.good:
        sku = listing.components[0].sku
        if sku not in known:
            content.refuse(row, "sku", f"{sku} is no SKU here; import it first")
    if not may_apply(content, skip_bad=skip_bad):
        raise refused(file, content)
    whole: list[Listing] = bundles(content)
    print_line(f"{session.store.catalog.import_listings(whole)} listings imported")


@app.command("list")
def list_(
    search: Annotated[str, typer.Option(help="Found in SKU or title.")] = "",
    after: Annotated[str, typer.Option(help="Begin behind this SKU.")] = "",
    limit: Limit = 100,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show SKUs and their master data."""
    with open_session(state_dir) as session:
        masters = session.store.catalog.list_skus(limit=limit, after=after, search=search)
    if as_json:
        print_json([master.model_dump(mode="json") for master in masters])
        return
    columns = ("SKU", "Title", "Weight g", "Cost", "Categories", "Hazmat")
    print_table(columns, [_cells(m) for m in masters], nothing="no SKUs", right=("Weight g", "Cost"))


def _cells(master: SkuMaster) -> tuple[object, ...]:
    cost = f"{master.cost.amount} {master.cost.currency}" if master.cost else "?"
    hazmat = {True: "yes", False: "no", None: "?"}[master.hazmat]
    return master.sku, master.title, master.weight_grams or "?", cost, ", ".join(master.categories), hazmat


@app.command()
def unmapped(as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Show listings that were sold and have no SKU yet, with the orders and the returns that wait for each."""
    with open_session(state_dir) as session:
        listings = session.store.stories.unmapped()
    if as_json:
        print_json([listing.model_dump(mode="json") for listing in listings])
        return
    rows = [(u.channel.value, u.account, u.listing, u.title, u.orders_waiting, u.returns_waiting) for u in listings]
    columns = ("Channel", "Account", "Listing", "Title", "Orders waiting", "Returns waiting")
    print_table(columns, rows, nothing="every listing that was sold is mapped", right=columns[4:])

"""`orderloom bench flash-sale --live`: progress while the sales are played, and the comparison at the end."""

from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from starter.bench.live.tally import ORDERLOOM, Comparison, Tally, Total
from starter.cli.output import complain, print_json, print_line, print_table

COUNTED = ("Sold", "Oversold", "Unsold", "Away", "Pushes", "Refills", "Drains")
COLUMNS = ("Seed", "Sale", "With", *COUNTED, "Dark A", "Dark S")


def play_live(state_dir: Path, seeds: int, as_json: bool) -> None:
    """Exit status 1 where orderloom oversold."""
    # Not before it is asked for: it joins the whole stack.
    from starter.bench.live.run import play_live as play

    screen = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("Flash sales on the whole stack", total=seeds)
        found = play(state_dir, seeds, lambda line: bar.console.print(line, markup=False), lambda: bar.advance(task))
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        print_comparison(found)
    if found.total(ORDERLOOM).oversold:
        complain(f"orderloom: {found.total(ORDERLOOM).oversold} units were oversold")
        raise typer.Exit(1)


def print_comparison(found: Comparison) -> None:
    print_line(
        f"Sales of {found.sales[0].stock} units to {found.sales[0].demand} buyers in {found.sale_seconds:.0f} s instead"
        f" of 45 minutes; the batch connector runs each {found.batch_seconds:.1f} s instead of 15 minutes."
    )
    rows = [_sale_cells(one) for one in found.sales] + [_total_cells(one) for one in found.totals]
    print_table(COLUMNS, rows, nothing="no sale was played", right=COLUMNS[3:])
    for one in found.sales:
        if one.alarms:
            print_line(f"In sale {one.seed} orderloom raised {', '.join(one.alarms)}.")


def _sale_cells(one: Tally) -> tuple[object, ...]:
    dark = (f"{one.dark_pct.amazon:.1f} %", f"{one.dark_pct.shopify:.1f} %")
    return one.seed, one.scenario, one.contender, *_counts(one), *dark


def _total_cells(one: Total) -> tuple[object, ...]:
    return "all", "", one.contender, *_counts(one), "", ""


def _counts(one: Tally | Total) -> tuple[int, ...]:
    return one.sold, one.oversold, one.unsold, one.turned_away, one.pushes, one.refills, one.drains

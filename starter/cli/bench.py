"""`orderloom bench`: yardsticks, simulated or on a stack of their own."""

import os
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from starter.bench.flash_sale import policies, results, scenarios
from starter.bench.rules import measuring
from starter.cli import yardsticks
from starter.cli.live_sale import play_live
from starter.cli.options import STATE_DIR, AsJson, StateDir
from starter.cli.output import print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Yardsticks: each figure beside a bare one of the same run.")
app.command()(yardsticks.throughput)
app.command()(yardsticks.webhooks)
app.command()(yardsticks.ledger)

SEEDS, LIVE_SEEDS = 100, 20
COLUMNS = ("Scenario", "Policy", "Oversold", "Max", "Unsold %", "Away", "Push/order", "Dark A %", "Dark S %", "Noticed")


def _known(names: list[str] | None, all_names: list[str], option: str) -> list[str]:
    unknown = sorted(set(names or ()) - set(all_names))
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(all_names)}", param_hint=option)
    return [name for name in all_names if not names or name in names]


ROW_FIELDS = [f"{name}: {field.description}" for name, field in results.Row.model_fields.items()]
# \b keeps the lines apart.
EPILOG = "\n".join(["\b", "--json is a list of", *ROW_FIELDS])


@app.command("flash-sale", epilog=EPILOG)
def flash_sale(
    seeds: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="Runs of each policy in each scenario; 100, live 20.")
    ] = None,
    scenario: Annotated[list[str] | None, typer.Option(help="Only this one; may be repeated.")] = None,
    extras: Annotated[
        bool, typer.Option("--extras", help="Also what no policy can hold: wrong bounds, a second writer and the like.")
    ] = False,
    policy: Annotated[list[str] | None, typer.Option(help="Only this one; may be repeated.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; default one a processor.")] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Play it through the whole real stack, beside a 15-minute batch connector.")
    ] = False,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Sell one SKU on two channels under every listing policy, and count what is oversold and what is left."""
    if live:
        if scenario or policy or jobs or extras:
            raise typer.BadParameter(
                "--live plays one scenario and policy; leave out --scenario, --policy, --extras and --jobs"
            )
        play_live(state_dir, seeds or LIVE_SEEDS, as_json)
        return
    names = scenarios.chosen(_known(scenario, list(scenarios.BY_NAME), "--scenario") if scenario else [], extras)
    contenders = _known(policy, list(policies.BY_NAME), "--policy")
    rows = _play(names, contenders, seeds or SEEDS, jobs or os.cpu_count() or 1)
    if as_json:
        print_json([row.model_dump(mode="json") for row in rows])
        return
    print_table(COLUMNS, [_cells(row) for row in rows], nothing="nothing was played", right=COLUMNS[2:])


@app.command()
def rules(
    rules: Annotated[int, typer.Option(min=2, max=1_000, help="How many rules are asked.")] = 100,
    orders: Annotated[int, typer.Option(min=1, max=10_000, help="How many orders each round decides.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Decide orders by many rules, beside Python's own evaluation of the same conditions."""
    found = measuring.measure(rules, orders)
    if as_json:
        print_json(found.model_dump())
        return
    rows = [
        ("a whole decision", f"{found.decide:.0f}", ""),
        ("all conditions, in CEL", f"{found.conditions:.0f}", "1.00"),
        ("the same by one Python eval", f"{found.python_eval:.0f}", f"{found.conditions_to_python_eval:.2f}"),
    ]
    if found.rule_engine is not None:
        ratio = f"{found.conditions_to_rule_engine:.2f}"
        rows.append(("the same by rule-engine", f"{found.rule_engine:.0f}", ratio))
    else:
        rows.append((f"the same by rule-engine: {found.rule_engine_missing}", "", ""))
    columns = (f"{rules} rules", "µs an order", "CEL / it")
    print_table(columns, rows, nothing="nothing was measured", right=columns[1:])


def _play(names: list[str], contenders: list[str], seeds: int, jobs: int) -> list[results.Row]:
    screen = Console(stderr=True)
    total = sum(1 for _ in results.chunks(names, contenders, seeds))
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task(f"{seeds} seeds, {len(names)} scenarios, {len(contenders)} policies", total=total)
        return results.play(names, contenders, seeds, jobs, lambda: bar.advance(task))


def _cells(row: results.Row) -> tuple[object, ...]:
    dark = row.dark_pct
    noticed = "-" if row.noticed_pct is None else f"{row.noticed_pct:.0f} %"
    return (
        row.scenario,
        row.policy,
        f"{row.oversold_mean:.3f}",
        row.oversold_max,
        f"{row.unsold_pct:.2f}",
        f"{row.turned_away:.1f}",
        f"{row.pushes_per_order:.3f}",
        f"{dark.amazon:.1f}",
        f"{dark.shopify:.1f}",
        noticed,
    )

"""`orderloom listings`: what each channel shows, what it may sell, and what a person should look at."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from orderloom.domain.listing.ports import Alarm, ListingView
from orderloom.domain.listing.state import AlertKind
from starter.alarms import clear_alarm
from starter.cli.options import STATE_DIR, AsJson, Limit, StateDir, operator, said
from starter.cli.output import print_json, print_line, print_table
from starter.cli.session import open_session
from starter.first_readings import waiting_for_readings
from starter.views import lasting

app = typer.Typer(no_args_is_help=True, help="Listings: what they show, their alarms, and stopping them.")
NUMBERS = ("Shows", "Rights", "A day")
Why = Annotated[str, typer.Option(callback=said, help="Kept with it, e.g. `recall`.")]
Sku = Annotated[str, typer.Argument(metavar="SKU", help="A canonical SKU or a bundle.")]


@app.command("list")
def list_(
    sku: Annotated[str | None, typer.Argument(metavar="SKU", help="Only listings that sell this SKU.")] = None,
    account: Annotated[str | None, typer.Option(help="Only listings of this account.")] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show listings: what they show and may sell, what is being written, how fast they sell, and their alarms."""
    with open_session(state_dir) as session:
        views = session.store.listings.views(sku, account, limit)
        waits = waiting_for_readings(session.store.listings, session.config, datetime.now(UTC))
        paused = session.store.accounts.paused()
    if as_json:
        print_json([view.model_dump(mode="json") for view in views])
        return
    columns = ("Listing", "Sells", *NUMBERS, "Lasts", "State", "Being written", "Alarms")
    nothing = "no channel has told of a listing yet; a running worker reads them"
    if sku or account:
        nothing = f"no listing {f'sells {sku}' if sku else 'is known'}{f' of account {account}' if account else ''}"
    print_table(columns, [_cells(view) for view in views], nothing=nothing, right=NUMBERS)
    if waits:
        print_line(waits)
    for each in paused:
        print_line(each.text)


@app.command()
def alarms(
    everything: Annotated[bool, typer.Option("--all", help="Also those that somebody has cleared.")] = False,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show what a person should look at; `listings clear` when somebody has."""
    with open_session(state_dir) as session:
        found = session.store.listings.alarms(open_only=not everything)
    if as_json:
        print_json([alarm.model_dump(mode="json") for alarm in found])
        return
    rows = [_alarm_cells(alarm) for alarm in found]
    print_table(("Listing", "Sells", "Kind", "Since (UTC)", "Cleared by"), rows, nothing="no alarms")


@app.command()
def clear(
    listing: Annotated[str, typer.Argument(metavar="LISTING", help="As `listings alarms` names it.")],
    kind: Annotated[AlertKind, typer.Argument(metavar="KIND", help="As `listings alarms` names it.")],
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Say that somebody has looked at an alarm."""
    with open_session(state_dir) as session:
        clear_alarm(session.store.listings, listing, kind, operator())
    print_line(f"{kind} of {listing} is cleared")


@app.command()
def pause(sku: Sku, why: Why, state_dir: StateDir = STATE_DIR) -> None:
    """Offer nothing of a SKU anywhere until `listings resume`: its listings go to zero."""
    with open_session(state_dir) as session:
        session.store.listings.pause(sku, operator(), why)
    print_line(f"{sku} is paused; its listings go to zero")


@app.command()
def resume(sku: Sku, why: Why, state_dir: StateDir = STATE_DIR) -> None:
    """Offer a paused SKU again."""
    with open_session(state_dir) as session:
        session.store.listings.resume(sku, operator(), why)
    print_line(f"{sku} is offered again")


def _cells(view: ListingView) -> tuple[object, ...]:
    return (
        view.key,
        view.place or "-",
        "?" if view.shown is None else view.shown,
        view.rights,
        f"{view.per_day:.1f}" if view.per_day else "-",
        lasting(view.cover_seconds),
        view.state,
        view.pending or "-",
        ", ".join(alert.value.replace("_", " ") for alert in view.alerts) or "-",
    )


def _alarm_cells(alarm: Alarm) -> tuple[object, ...]:
    since = f"{alarm.since:%Y-%m-%d %H:%M:%S}"
    return alarm.listing, f"{alarm.place} ({alarm.pool})", alarm.kind.value, since, alarm.cleared_by or "-"

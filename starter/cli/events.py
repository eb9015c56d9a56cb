"""`orderloom events`: what came and could not be read, and what a person makes of it."""

import json
from typing import Annotated

import typer

from orderloom.domain.records import UnreadableRecord
from starter.cli.options import STATE_DIR, AsJson, StateDir, operator
from starter.cli.output import print_json, print_line, print_table
from starter.cli.session import open_session
from starter.replaying import Replayed, Unread

app = typer.Typer(no_args_is_help=True, help="What came and could not be read: read it again, or drop it.")
EventId = Annotated[str, typer.Argument(metavar="ID", help="As `events list` shows it.")]
EventIds = Annotated[list[str], typer.Argument(metavar="ID...", help="As `events list` shows them.")]
By = Annotated[str, typer.Option("--by", help="Who does it; default you.")]


@app.command("list")
def show_all(
    everything: Annotated[bool, typer.Option("--all", help="Also those that a person has settled.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 100,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show what could not be read, the last first."""
    with open_session(state_dir) as session:
        found = session.store.stories.unreadable(limit=limit, settled=everything)
    if as_json:
        print_json([record.model_dump(mode="json") for record in found])
        return
    columns = ("ID", "From", "Topic", "Came (UTC)", "Is", "Why")
    print_table(columns, [_cells(record) for record in found], nothing="all that came could be read")


@app.command()
def show(
    event_id: EventId,
    body: Annotated[bool, typer.Option("--body", help="Also what came, in the open: it may name a person.")] = False,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Tell of one event, and why it could not be read."""
    with open_session(state_dir) as session:
        unread = Unread(session.settings, session.config, session.store)
        record = unread.find(event_id)
        came = unread.body(event_id).decode("utf-8", "replace") if body else None
    shown = record.model_dump(mode="json") | ({"body": came} if came is not None else {})
    if as_json:
        print_json(shown)
        return
    for name, value in shown.items():
        print_line(f"{name}: {value if isinstance(value, str) else json.dumps(value)}")


@app.command()
def replay(event_ids: EventIds, by: By = "", as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Read events again by the code and the configuration of today. Exit status 1 where one still cannot be read."""
    with open_session(state_dir) as session:
        unread = Unread(session.settings, session.config, session.store)
        done = [unread.replay(event_id, by or operator()) for event_id in event_ids]
    _print(done, as_json=as_json)


@app.command()
def drop(
    event_ids: EventIds,
    why: Annotated[str, typer.Option("--why", help="Why nothing is to be made of it; it is kept.")],
    by: By = "",
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Settle events of which nothing is to be made. They stay stored, with who dropped them and why."""
    with open_session(state_dir) as session:
        unread = Unread(session.settings, session.config, session.store)
        done = [unread.drop(event_id, by or operator(), why) for event_id in event_ids]
    _print(done, as_json=as_json)


def _cells(record: UnreadableRecord) -> tuple[str, ...]:
    came = f"{record.received_at:%Y-%m-%d %H:%M}"
    return record.event_id, record.origin, record.topic, came, record.state.value, record.detail


def _print(done: list[Replayed], *, as_json: bool) -> None:
    if as_json:
        print_json([one.model_dump(mode="json") for one in done])
    else:
        for one in done:
            print_line(f"{one.event_id}: {one.text}")
    if not all(one.done for one in done):
        raise typer.Exit(1)

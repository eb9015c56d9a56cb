"""`orderloom orders`: what became of the orders, and what an operator may ask of one."""

from typing import Annotated

import typer

from activities.messages import OperatorAnswer
from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import OrderStatus
from starter.cli.options import STATE_DIR, AsJson, Key, Limit, StateDir, operator
from starter.cli.output import complain, print_json, print_line, print_table
from starter.cli.session import open_session, wait_for
from starter.cli.story import print_story
from starter.operators import Operators, Request
from starter.temporal import TemporalConnection, connector
from starter.views import OrderRow

app = typer.Typer(no_args_is_help=True, help="Orders: where they stand and why.")
Why = Annotated[str, typer.Option(help="Kept in the order's timeline. No personal data of the buyer.")]
By = Annotated[str, typer.Option(help="Who asks. Default: your user name.")]
SHOWN_AT = "%Y-%m-%d %H:%M"


@app.command("list")
def list_(
    status: Annotated[OrderStatus | None, typer.Option(help="Only orders that stand here.")] = None,
    held: Annotated[bool | None, typer.Option("--held/--not-held", help="Only orders that wait for a person.")] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show orders, the last changed first."""
    with open_session(state_dir) as session:
        found = session.store.stories.list(status=status, held=held, limit=limit)
    rows = [OrderRow.of(summary) for summary in found]
    if as_json:
        print_json([row.model_dump(mode="json") for row in rows])
        return
    cells = [
        (
            row.key,
            row.name,
            row.status.value,
            _waits_for(row),
            ", ".join(row.nodes),
            f"{row.updated_at:{SHOWN_AT}}",
        )
        for row in rows
    ]
    print_table(("Key", "Name", "Status", "Waits for", "Nodes", "Changed (UTC)"), cells, nothing="no orders")


def _waits_for(row: OrderRow) -> str:
    """The reason of a hold, or until when a backorder waits for stock."""
    if row.backorder_until:
        return f"stock, until {row.backorder_until:{SHOWN_AT}}"
    return row.hold.reason.value if row.hold else ""


@app.command()
def show(key: Key, as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Tell the whole story of one order. The JSON is described in docs/orders-show.md."""
    with open_session(state_dir) as session:
        story = session.store.stories.show(key)
    if as_json:
        print_json(story.model_dump(mode="json"))
        return
    print_story(story)


@app.command()
def retry(key: Key, why: Why = "", by: By = "", as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Try the step again that an order is stuck at."""
    _ask(Request.RETRY, key, why, by, as_json, state_dir)


@app.command()
def release(key: Key, why: Why = "", by: By = "", as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Let a held order go on although its hold's reason still stands."""
    _ask(Request.RELEASE, key, why, by, as_json, state_dir)


@app.command()
def cancel(key: Key, why: Why = "", by: By = "", as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Stop an order: its nodes are asked to stop and its stock is given back."""
    _ask(Request.CANCEL, key, why, by, as_json, state_dir)


@app.command()
def reroute(key: Key, why: Why = "", by: By = "", as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Plan again what no node has yet, by the rules in force now."""
    _ask(Request.REROUTE, key, why, by, as_json, state_dir)


def _ask(request: Request, key: OrderKey, why: str, by: str, as_json: bool, state_dir: StateDir) -> None:
    with open_session(state_dir) as session:
        operators = Operators(session.store.orders, TemporalConnection(connector(session.settings)))
        answer: OperatorAnswer = wait_for(operators.ask(key, request, by=by or operator(), why=why))
    if as_json:
        print_json(answer.model_dump(mode="json"))
    elif answer.done:
        print_line(answer.text)
    else:
        complain(f"orderloom: {key}: {answer.text}")
    if not answer.done:
        raise typer.Exit(1)

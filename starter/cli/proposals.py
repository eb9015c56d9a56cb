"""`orderloom inventory proposals`: counts that nodes propose, and nodes whose stock could not be read."""

from typing import Annotated

import typer

from orderloom.domain.errors import InputInvalid
from orderloom.domain.stock_reading import CountProposal, NodeReading
from starter.cli.options import STATE_DIR, AsJson, Limit, StateDir, operator, said
from starter.cli.output import complain, print_json, print_line, print_table
from starter.cli.session import Session, open_session

app = typer.Typer(no_args_is_help=True, help="Counts that nodes propose: what they say they have, and our books not.")
NUMBERS = ("No.", "Ours", "Theirs", "Difference")
Numbers = Annotated[list[int] | None, typer.Argument(metavar="NO...", help="As `proposals list` numbers them.")]
OfNode = Annotated[str | None, typer.Option("--node", help="All open ones of this node.")]
Why = Annotated[str, typer.Option(callback=said, help="Kept with the decision, e.g. `recounted`.")]


@app.command("list")
def list_(
    node: Annotated[str | None, typer.Option(help="Only of this node.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that were decided.")] = False,
    limit: Limit = 100,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show proposed counts, and when each node was read last; a node that could not be read is called out."""
    with open_session(state_dir) as session:
        found = session.store.counts.proposals(node, open_only=not everything, limit=limit)
        readings = [one for one in session.store.counts.readings() if node in (None, one.node)]
    if as_json:
        shown = [one.model_dump(mode="json") | {"said": one.said} for one in found]
        print_json({"proposals": shown, "readings": [one.model_dump(mode="json") for one in readings]})
        return
    columns = ("No.", "Node", "SKU", "Ours", "Theirs", "Difference", "Read (UTC)", "State", "Who", "Why")
    print_table(columns, [_cells(one) for one in found], nothing="no count is proposed", right=NUMBERS)
    for reading in readings:
        _tell(reading)


@app.command()
def accept(
    why: Why, numbers: Numbers = None, node: OfNode = None, as_json: AsJson = False, state_dir: StateDir = STATE_DIR
) -> None:
    """Count what a node says: our stock moves by the difference. All or none."""
    with open_session(state_dir) as session:
        receipts = session.store.counts.accept(_chosen(session, numbers, node), operator(), why)
    if as_json:
        print_json([receipt.model_dump(mode="json") for receipt in receipts])
        return
    for receipt in receipts:
        print_line(f"{receipt.sku} at {receipt.node}: {receipt.before} -> {receipt.after}")


@app.command()
def reject(why: Why, numbers: Numbers = None, node: OfNode = None, state_dir: StateDir = STATE_DIR) -> None:
    """Leave our count as it is. The same difference is not proposed again; another one is."""
    with open_session(state_dir) as session:
        chosen = _chosen(session, numbers, node)
        session.store.counts.reject(chosen, operator(), why)
    print_line(f"{len(chosen)} proposals rejected")


def _chosen(session: Session, numbers: list[int] | None, node: str | None) -> list[int]:
    if bool(numbers) == (node is not None):
        raise typer.BadParameter("give the numbers of proposals, or --node NODE for all of one node")
    if numbers:
        return numbers
    found = [one.proposal_id for one in session.store.counts.proposals(node)]
    if not found:
        raise InputInvalid("proposals", None, "--node", f"{node} has no open proposal")
    return found


def _cells(one: CountProposal) -> tuple[object, ...]:
    return (
        one.proposal_id,
        one.node,
        one.sku,
        one.expected,
        one.said,
        f"{one.difference:+d}",
        f"{one.read_at:%Y-%m-%d %H:%M:%S}",
        one.state.value,
        one.decided_by or "-",
        one.why or "-",
    )


def _tell(reading: NodeReading) -> None:
    last = f"{reading.skus} SKUs read at {reading.read_at:%Y-%m-%d %H:%M:%S} UTC" if reading.read_at else "never read"
    if reading.trouble and reading.troubled_since:
        since = f"{reading.troubled_since:%Y-%m-%d %H:%M:%S} UTC"
        complain(f"{reading.node}: its stock cannot be read since {since}: {reading.trouble}; before that {last}")
    else:
        print_line(f"{reading.node}: {last}")

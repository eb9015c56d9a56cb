"""`orderloom rules explain` and `backtest`: what rules decide, without deciding anything."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from orderloom.configuration import is_whole, load_config, load_router, load_rules
from orderloom.domain.decisions import Decision, Inputs
from orderloom.domain.errors import InputInvalid
from orderloom.domain.keys import OrderKey
from orderloom.domain.mapping import component_skus
from orderloom.domain.orders import Order
from orderloom.domain.routing import Router
from orderloom.domain.routing.history import Comparison, compare
from orderloom.storage.store import Store
from starter.cli.options import STATE_DIR, AsJson, StateDir
from starter.cli.output import print_json, print_line, print_table, progress
from starter.cli.session import Session, open_session
from starter.rules_in_force import open_rulings

RulesFile = Annotated[
    Path | None, typer.Option("--rules", dir_okay=False, help="A configuration file. Default: the one in force.")
]
UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1)}


def _ago(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,4})([dh])", text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no time span; write e.g. 30d or 12h")
    return int(found[1]) * UNITS[found[2]]


Since = Annotated[timedelta, typer.Option(parser=_ago, metavar="SPAN", help="How far back, e.g. 30d or 12h.")]


def explain(
    order: Annotated[str, typer.Argument(metavar="ORDER|FILE", help="An order's key, or a JSON file of an order.")],
    rules: RulesFile = None,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show what the rules decide about an order and why, without doing it. A decided order is asked as it was then."""
    with open_session(state_dir) as session:
        router = _router(session, rules)
        is_file = Path(order).is_file()
        given, moment = _from_file(Path(order)) if is_file else _from_store(session, _key(order))
    decision = router.decide_again(given, moment)
    if as_json:
        print_json(decision.model_dump(mode="json"))
        return
    _print_decision(decision)


def backtest(
    rules: Annotated[Path, typer.Option("--rules", exists=True, dir_okay=False, help="The configuration to try.")],
    since: Since = "30d",  # type: ignore[assignment]
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Decide recorded orders again by other rules and show what would have been otherwise. Nothing is changed."""
    with open_session(state_dir) as session:
        router = _router(session, rules)
        found = _compare(session.store, router, datetime.now(UTC) - since)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    _print_comparison(found)


def _router(session: Session, file: Path | None) -> Router:
    """Of a file's rules, under its own accounts and nodes where it has them; else of those in force."""
    if file is None:
        ruling = open_rulings(session.settings, session.config, session.store).in_force(datetime.now(UTC))
        if ruling.router is None:
            raise InputInvalid("rules", None, f"version {ruling.version}", f"cannot be used: {ruling.misfit}")
        return ruling.router
    return load_router(load_config(file) if is_whole(file) else load_rules(file, session.config), file)


def _compare(store: Store, router: Router, since: datetime) -> Comparison:
    with progress("deciding again", store.history.count(since)) as steps:

        def recorded() -> Any:
            for decision in store.history.read(since):
                yield decision
                steps.advance()

        return compare(router, recorded())


def _key(text: str) -> OrderKey:
    try:
        return OrderKey.parse(text)
    except ValueError:
        why = f"{text!r} is no file and no order key; write channel:account:order_id"
        raise typer.BadParameter(why, param_hint="ORDER|FILE") from None


def _from_store(session: Session, key: OrderKey) -> tuple[Inputs, datetime]:
    """As it was decided last; an order that was never decided, as it stands now."""
    story = session.store.stories.show(key)
    if story.decision and story.decision.inputs:
        return story.decision.inputs, story.decision.decided_at
    order, skus = story.record.order, component_skus(story.record.order)
    account = session.config.account(key.channel, key.account)
    nodes = [node.node for node in session.config.nodes if account and node.pool == account.pool]
    given = Inputs(
        order=order,
        masters=tuple(session.store.catalog.masters(skus).values()),
        stock=tuple(session.store.ledger.levels(skus, nodes, key)),
    )
    return given, datetime.now(UTC)


def _from_file(path: Path) -> tuple[Inputs, datetime]:
    """An `orders show --json` document, the `inputs` of a decision, or an order alone, which then has no stock."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as wrong:
        raise InputInvalid(str(path), None, "file", f"is not JSON: {wrong}") from None
    moment = datetime.now(UTC)
    if not isinstance(document, dict):
        raise InputInvalid(str(path), None, "file", "must hold one order, or what `orders show --json` prints")
    try:
        if isinstance(decision := document.get("decision"), dict) and decision.get("inputs"):
            return Inputs.model_validate(decision["inputs"]), datetime.fromisoformat(decision["decided_at"])
        if "stock" in document:
            return Inputs.model_validate(document), moment
        order = document["record"]["order"] if "record" in document else document
        return Inputs(order=Order.model_validate(order), masters=(), stock=()), moment
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        raise InputInvalid(str(path), None, ".".join(map(str, first["loc"])), first["msg"]) from None


def _print_decision(decision: Decision) -> None:
    sentence, *reasons = decision.in_words()
    print_line(sentence)
    if decision.hold and not (decision.cancel or decision.backorder_until):
        print_line(f"Held: {decision.hold.detail}. {decision.hold.fix}.")
    for reason in reasons:
        print_line(f"  {reason}")


def _print_comparison(found: Comparison) -> None:
    print_line(
        f"{found.orders} orders decided again by the rules {found.rules_hash}; {found.moved} would go elsewhere."
    )
    if found.not_comparable:
        print_line(f"{found.not_comparable} older decisions recorded no inputs and are left out.")
    print_line(f"Split: {found.splits_before} before, {found.splits_after} after.")
    print_line(f"No route: {found.unroutable_before} before, {found.unroutable_after} after.")
    print_line(f"Shipping cost: {found.cost_change:+} over {found.orders_with_cost} orders whose cost is known.")
    print_line(f"Transit: {found.days_change:+} days over {found.orders_with_arrival} orders whose arrival is known.")
    rows = [(d.key, d.before, d.after, _signed(d.cost_change), _signed(d.days_change)) for d in found.biggest]
    columns = ("Order", "Before", "After", "Cost", "Days")
    print_table(columns, rows, nothing="no order would go otherwise", right=columns[3:])


def _signed(number: Any) -> str:
    return "" if number is None else f"{number:+}"

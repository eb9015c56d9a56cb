"""`orderloom rules apply`, `versions`, `rollback` and `withdraw`: which rules are in force, and from when on."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from activities.rulings import Rulings
from orderloom.configuration import load_rules
from orderloom.domain.errors import InputInvalid
from orderloom.domain.routing import Router
from orderloom.domain.rule_review import doubts
from orderloom.domain.rule_versions import CONFIGURED, RuleBook, RuleVersion, version_before
from orderloom.storage.rule_versions import SqlRuleVersions
from starter.cli.options import STATE_DIR, AsJson, StateDir, operator
from starter.cli.output import complain, print_json, print_line, print_table
from starter.cli.rules import refused_with_its_place
from starter.cli.session import Session, open_session
from starter.rules_in_force import SHOWN_AT

By = Annotated[str, typer.Option("--by", help="Who does it. Default: your user name.")]
Why = Annotated[str, typer.Option("--why", help="Kept with the version.")]
COLUMNS = ("Version", "Rules", "In force from (UTC)", "By", "Why", "State")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time; write e.g. 2026-12-01T00:00Z") from None
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no offset; write e.g. {text}Z for UTC")
    return moment.astimezone(UTC)


At = Annotated[
    datetime | None,
    typer.Option("--at", parser=_moment, metavar="TIME", help="When they take effect, with an offset. Default: now."),
]


def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A configuration file, or one of rules alone.")],
    at: At = None,
    by: By = "",
    why: Why = "",
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Put a file's rules in force as a new version, now or later. A wrong file changes nothing."""
    now = datetime.now(UTC)
    if at is not None and at < now:
        raise typer.BadParameter("lies in the past; leave it out to have them take effect now", param_hint="--at")
    with open_session(state_dir) as session:
        with refused_with_its_place(as_json):
            config = load_rules(file, session.config)
        book, moment = RuleBook.of(config), at or now
        for finding in doubts(config):
            complain(f"warning: rule “{config.rules[int(finding.place[1])].name}”: {finding.why}")
        versions = session.store.rule_versions
        before = versions.in_force(moment)
        if (before.book if before else None) == book.name:
            number = before.version if before else CONFIGURED
            said = f"nothing to do: by then these rules are in force as version {number}"
        else:
            number = versions.apply(book, file.read_text(encoding="utf-8"), moment, by or operator(), why)
            said = f"version {number}: {len(book.rules)} rules, in force from {moment:{SHOWN_AT}} UTC"
    if as_json:
        print_json({"version": number, "book": book.name, "effective_from": moment.isoformat(), "text": said})
        return
    print_line(said)


def versions(as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Show all versions of the rules and which is in force. Version 0 is the configuration file."""
    with open_session(state_dir) as session:
        known = session.store.rule_versions.all()
        current = session.store.rule_versions.in_force(datetime.now(UTC))
        own = RuleBook.of(session.config).name
    number = current.version if current else CONFIGURED
    if as_json:
        rows = [{**v.model_dump(mode="json"), "state": _state(v, number)} for v in known]
        configured = {"version": CONFIGURED, "book": own, "state": "in force" if number == CONFIGURED else "over"}
        print_json([configured, *rows])
        return
    cells = [(str(CONFIGURED), "configuration file", "", "", "", "in force" if number == CONFIGURED else "")]
    cells += [
        (
            str(v.version),
            v.book or "configuration file",
            f"{v.effective_from:{SHOWN_AT}}",
            v.by,
            f"back to version {v.restores}; {v.why}".rstrip("; ") if v.restores is not None else v.why,
            _state(v, number),
        )
        for v in known
    ]
    print_table(COLUMNS, cells, nothing="", right=("Version",))


def rollback(
    version: Annotated[int | None, typer.Argument(min=0, help="Default: the one before the one in force.")] = None,
    by: By = "",
    why: Why = "",
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Put an earlier version in force again, now. 0 is the configuration file."""
    with open_session(state_dir) as session:
        store = session.store.rule_versions
        target = _earlier(store) if version is None else version
        book = _book_of(store, target)
        _refuse_what_does_not_fit(session, target, book)
        number = store.restore(target, book, by or operator(), why)
        _warn_of_what_lies_ahead(store)
    if as_json:
        print_json({"version": number, "restores": target, "book": book})
        return
    name = f"version {target}" if target else "the configuration file"
    print_line(f"version {number}: back to {name}, in force now")


def withdraw(version: Annotated[int, typer.Argument(min=1)], state_dir: StateDir = STATE_DIR) -> None:
    """Take back a version that has not taken effect yet."""
    with open_session(state_dir) as session:
        if not session.store.rule_versions.withdraw(version):
            why = f"version {version} does not lie ahead; `orderloom rules rollback` ends one that is in force"
            raise InputInvalid("rules", None, "version", why)
    print_line(f"version {version} will not take effect")


def _earlier(store: SqlRuleVersions) -> int:
    current = store.in_force(datetime.now(UTC))
    if current is None:
        raise InputInvalid("rules", None, "version", "nothing was applied: the configuration file is in force")
    return version_before(store.all(), current)


def _book_of(store: SqlRuleVersions, version: int) -> str | None:
    if version == CONFIGURED:
        return None
    found = next((each for each in store.all() if each.version == version), None)
    if found is None:
        why = f"there is no version {version}; see `orderloom rules versions`"
        raise InputInvalid("rules", None, "version", why)
    return found.book


def _warn_of_what_lies_ahead(store: SqlRuleVersions) -> None:
    now = datetime.now(UTC)
    for v in store.all():
        if v.withdrawn_at is None and v.effective_from > now:
            still = f"version {v.version} still takes effect at {v.effective_from:{SHOWN_AT}} UTC"
            complain(f"warning: {still}; `orderloom rules withdraw {v.version}` stops it")


def _refuse_what_does_not_fit(session: Session, version: int, book: str | None) -> None:
    rulings = Rulings(session.config, Router.of(session.config), session.store.rule_versions)
    if misfit := rulings.of(version, book).misfit:
        raise InputInvalid("rules", None, f"version {version}", f"cannot be used any more: {misfit}")


def _state(version: RuleVersion, current: int) -> str:
    if version.withdrawn_at:
        return "withdrawn"
    if version.version == current:
        return "in force"
    return "ahead" if version.effective_from > datetime.now(UTC) else "over"

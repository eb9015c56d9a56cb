"""`orderloom rules list` and `check`: the routing rules in force, and what is wrong with those of a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from orderloom.configuration import doubts_about, is_whole, load_config, load_router, load_rules
from orderloom.domain.errors import ConfigInvalid, InputInvalid
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.routing.reading import as_sentence
from orderloom.domain.rule_versions import CONFIGURED
from starter.cli.options import STATE_DIR, AsJson, StateDir
from starter.cli.output import complain, print_json, print_line
from starter.cli.session import load_settings, open_session
from starter.rules_in_force import book_of

CheckedFile = Annotated[Path | None, typer.Argument(metavar="FILE", help="Default: the configuration in force.")]


def list_(
    version: Annotated[int | None, typer.Option(min=0, help="Another version; 0 is the configuration file.")] = None,
    as_text: Annotated[bool, typer.Option("--text", help="The file of a version as it was applied.")] = False,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Show the rules in force, in the order in which they are asked, each as a sentence."""
    number, config, text = _version(version, state_dir)
    if as_text:
        print_line(text.rstrip("\n"))
        return
    sentences = _sentences(config)
    if as_json:
        rules = zip(config.rules, sentences, strict=True)
        print_json([{**rule.model_dump(mode="json"), "sentence": sentence} for rule, sentence in rules])
        return
    for number, (rule, sentence) in enumerate(zip(config.rules, sentences, strict=True), 1):
        print_line(f"{number}. {rule.name}")
        print_line(f"   {sentence}")


def check(file: CheckedFile = None, as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Check a configuration file and its rules; names the first line and field that are wrong, and rules that cannot
    be meant."""
    running = load_settings(state_dir).config
    path = file or running
    with refused_with_its_place(as_json):
        config = load_config(path) if file is None or is_whole(path) else load_rules(path, load_config(running))
    rules_hash = load_router(config, path).rules_hash
    doubts = doubts_about(config, path)
    for doubt in doubts:
        complain(f"warning: {doubt}")
    if as_json:
        warnings = [{"line": d.line, "column": d.column, "field": d.field, "why": d.why} for d in doubts]
        found = {"file": str(path), "rules": len(config.rules), "rules_hash": rules_hash, "warnings": warnings}
        print_json(found)
        return
    for doubt in doubts:
        _show_place(doubt)
    print_line(f"{path} is good: {len(config.rules)} rules, {len(config.accounts)} accounts, {len(config.nodes)} nodes")


def _version(version: int | None, state_dir: Path) -> tuple[int, MerchantConfig, str]:
    """A version's number, the configuration under its rules, and the file it came from."""
    with open_session(state_dir) as session:
        current = session.store.rule_versions.in_force(datetime.now(UTC))
        number = version if version is not None else current.version if current else CONFIGURED
        book = book_of(session.config, session.store, number)
        if book is None:
            raise InputInvalid(
                "rules", None, "version", f"there is no version {number}; see `orderloom rules versions`"
            )
        text = session.store.rule_versions.text(number) or session.settings.config.read_text(encoding="utf-8")
        return number, book.put_into(session.config), text


@contextmanager
def refused_with_its_place(as_json: bool) -> Iterator[None]:
    """Shows the wrong line of a file with a caret, and passes the error on."""
    try:
        yield
    except ConfigInvalid as wrong:
        if not as_json:
            _show_place(wrong)
        raise


def _sentences(config: MerchantConfig) -> list[str]:
    names = {node.node: node.name for node in config.nodes}
    return [as_sentence(rule, names) for rule in config.rules]


def _show_place(wrong: ConfigInvalid) -> None:
    """The line of the file with a caret under what is meant. On stdout: an error stays one line on stderr."""
    if wrong.line is None:
        return
    text = Path(wrong.file).read_text(encoding="utf-8").splitlines()[wrong.line - 1]
    print_line(f"{wrong.line:>5} | {text}")
    if wrong.column:
        print_line(f"{'':>5} | {' ' * (wrong.column - 1)}^")

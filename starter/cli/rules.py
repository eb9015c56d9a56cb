"""`orderloom rules list` and `check`: the routing rules of the configuration, and what is wrong with them."""

from pathlib import Path
from typing import Annotated

import typer

from orderloom.configuration import doubts_about, load_config, load_router
from orderloom.domain.errors import ConfigInvalid
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.routing.reading import as_sentence
from starter.cli.options import STATE_DIR, AsJson, StateDir
from starter.cli.output import complain, print_json, print_line
from starter.cli.session import load_settings

app = typer.Typer(no_args_is_help=True, help="The routing rules of the configuration.")
CheckedFile = Annotated[Path | None, typer.Argument(metavar="FILE", help="Default: the configuration in force.")]


@app.command("list")
def list_(as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Show the rules in force, in the order in which they are asked, each as a sentence."""
    config = load_config(load_settings(state_dir).config)
    sentences = _sentences(config)
    if as_json:
        rules = zip(config.rules, sentences, strict=True)
        print_json([{**rule.model_dump(mode="json"), "sentence": sentence} for rule, sentence in rules])
        return
    for number, (rule, sentence) in enumerate(zip(config.rules, sentences, strict=True), 1):
        print_line(f"{number}. {rule.name}")
        print_line(f"   {sentence}")


@app.command()
def check(file: CheckedFile = None, as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Check a configuration file and its rules; names the first line and field that are wrong, and rules that cannot
    be meant."""
    path = file or load_settings(state_dir).config
    try:
        config = load_config(path)
    except ConfigInvalid as wrong:
        if not as_json:
            _show_place(wrong)
        raise
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

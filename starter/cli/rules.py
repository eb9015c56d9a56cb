"""`orderloom rules`: the routing rules of the configuration."""

from pathlib import Path
from typing import Annotated

import typer

from orderloom.configuration import load_config, load_router
from orderloom.domain.rulebook import Backorder, Rule
from starter.cli.options import STATE_DIR, AsJson, StateDir
from starter.cli.output import print_json, print_line, print_table
from starter.cli.session import load_settings

app = typer.Typer(no_args_is_help=True, help="The routing rules of the configuration.")


@app.command("list")
def list_(as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Show the rules in force, in the order in which they are asked."""
    config = load_config(load_settings(state_dir).config)
    if as_json:
        print_json([rule.model_dump(mode="json") for rule in config.rules])
        return
    rows = [(i, r.name, r.when, ", ".join(r.send_to), _otherwise(r)) for i, r in enumerate(config.rules, 1)]
    print_table(("#", "Rule", "When", "Send to", "Otherwise"), rows, nothing="no rules", right=("#",))


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Default: the configuration in force.")] = None,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Check a configuration file and compile its rules; names the first line and field that are wrong."""
    path = file or load_settings(state_dir).config
    config = load_config(path)
    rules_hash = load_router(config, path).rules_hash
    if as_json:
        print_json({"file": str(path), "rules": len(config.rules), "rules_hash": rules_hash})
        return
    print_line(f"{path} is good: {len(config.rules)} rules, {len(config.accounts)} accounts, {len(config.nodes)} nodes")


def _otherwise(rule: Rule) -> str:
    if isinstance(rule.otherwise, Backorder):
        return f"backorder until {rule.otherwise.backorder_until}"
    return rule.otherwise.value

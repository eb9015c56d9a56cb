"""`orderloom rules`: what is in force, trying rules before they hurt, and putting them in force."""

import typer

from starter.cli import rule_trials, rule_versions, rules

app = typer.Typer(no_args_is_help=True, help="The routing rules.")
app.command("list")(rules.list_)
app.command()(rules.check)
app.command()(rule_trials.explain)
app.command()(rule_trials.backtest)
app.command()(rule_versions.apply)
app.command()(rule_versions.versions)
app.command()(rule_versions.rollback)
app.command()(rule_versions.withdraw)

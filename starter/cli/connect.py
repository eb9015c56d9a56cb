"""`orderloom connect`: sets up at the channel what an account needs to be told of changes."""

from contextlib import closing
from datetime import datetime
from typing import Annotated

import typer

from activities.round_messages import ReconcileStart
from orderloom.channels.amazon.queue import SqsQueue
from orderloom.configuration import load_config
from orderloom.domain.errors import ConfigInvalid, InputInvalid, Unavailable
from orderloom.domain.keys import Channel
from orderloom.domain.merchant import AmazonAccount, MerchantConfig, ShopifyAccount
from orderloom.settings import Settings
from starter.cli.options import STATE_DIR, AsJson, StateDir
from starter.cli.output import print_json, print_line
from starter.cli.session import load_settings, wait_for
from starter.clients import build_amazon, build_shopify
from starter.connecting_amazon import Step, StepState, connect_account
from starter.connecting_shopify import account_step, steps_of, still_paused, webhook_uri
from starter.health import paused_account
from starter.opening import open_merchant_store
from starter.reconciling import Reconciliations
from starter.temporal import TemporalConnection, connector

app = typer.Typer(help="Set up at a channel what an account needs to be told of changes.", no_args_is_help=True)
SIGNS = {StepState.FOUND: "ok  ", StepState.MADE: "NEW ", StepState.WOULD_MAKE: "TODO", StepState.WRONG: "BAD "}


@app.callback()
def connect() -> None:
    """Set up at a channel what an account needs to be told of changes."""


@app.command()
def amazon(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="An Amazon account of the configuration.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is there and what would be made.")] = False,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Check the queue, and create its destination and subscriptions where Amazon has none. Safe to repeat."""
    settings = load_settings(state_dir)
    config = load_config(settings.config)
    chosen = _amazon_account(config, account)
    if chosen.notifications is None:
        why = "has no queue; add `notifications: {queue_url: ..., region: ...}`"
        raise ConfigInvalid(str(settings.config), None, f"accounts.{account}", why)
    queue = SqsQueue(account, chosen.notifications, endpoint=settings.sqs_endpoint)
    channel = build_amazon(settings, chosen)
    try:
        steps = list(connect_account(queue, channel.subscriptions, dry_run=dry_run))
    finally:
        channel.close()
        queue.close()
    _show(steps, as_json=as_json)
    if any(step.state is StepState.WRONG for step in steps):
        raise typer.Exit(1)


@app.command()
def shopify(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="A Shopify account of the configuration.")],
    url: Annotated[
        str | None, typer.Option(help="Where Shopify reaches the starter; default ORDERLOOM_PUBLIC_URL.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is there and what would be made.")] = False,
    as_json: AsJson = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Check scopes and API version, subscribe to every topic that is missing, end a pause. Safe to repeat."""
    settings = load_settings(state_dir)
    config = load_config(settings.config)
    chosen = _shopify_account(config, account)
    public = url or settings.public_url
    if not public:
        why = "is not known; give --url or set ORDERLOOM_PUBLIC_URL, e.g. https://orders.example.com"
        raise InputInvalid("connect shopify", None, "--url", why)
    uri = webhook_uri(public, account)
    channel = build_shopify(settings, config, chosen)
    try:
        found = channel.connection.look(uri) if dry_run else channel.connection.repair(uri)
    finally:
        channel.close()
    # Shopify has answered, so its token works.
    steps = [_take_back(settings, config, account, dry_run=dry_run), *steps_of(found, uri, will_repair=True)]
    _show(steps, as_json=as_json)
    if any(step.state is StepState.WRONG for step in steps):
        raise typer.Exit(1)


def _take_back(settings: Settings, config: MerchantConfig, account: str, *, dry_run: bool) -> Step:
    """End its pause. What reads the time between is started first, and waits for the end of the pause by itself."""
    with closing(open_merchant_store(settings, config)) as store:
        paused = paused_account(store, account)
        if paused is None or dry_run:
            if not dry_run:
                # An uninstall of before, told late, is not to pause it.
                store.accounts.resume(Channel.SHOPIFY, account)
            return account_step(account, paused, None)
        try:
            reader = wait_for(_catch_up(settings, account, paused.since))
        except Unavailable as away:
            return still_paused(account, paused, away)
        store.accounts.resume(Channel.SHOPIFY, account)
        return account_step(account, paused, reader)


async def _catch_up(settings: Settings, account: str, since: datetime) -> str:
    reconciliations = Reconciliations(await TemporalConnection(connector(settings)).client())
    return await reconciliations.catch_up(ReconcileStart(channel=Channel.SHOPIFY, account=account), since)


def _shopify_account(config: MerchantConfig, account: str) -> ShopifyAccount:
    found = config.account(Channel.SHOPIFY, account)
    if isinstance(found, ShopifyAccount):
        return found
    known = ", ".join(each.account for each in config.accounts if each.channel is Channel.SHOPIFY) or "none"
    why = f"there is no Shopify account {account!r}; there are: {known}"
    raise InputInvalid("connect shopify", None, "ACCOUNT", why)


def _amazon_account(config: MerchantConfig, account: str) -> AmazonAccount:
    found = config.account(Channel.AMAZON, account)
    if isinstance(found, AmazonAccount):
        return found
    known = ", ".join(each.account for each in config.accounts if each.channel is Channel.AMAZON) or "none"
    raise InputInvalid("connect amazon", None, "ACCOUNT", f"there is no Amazon account {account!r}; there are: {known}")


def _show(steps: list[Step], *, as_json: bool) -> None:
    if as_json:
        print_json([step.model_dump(mode="json") for step in steps])
        return
    for step in steps:
        print_line(f"{SIGNS[step.state]}  {step.what}: {step.text}")

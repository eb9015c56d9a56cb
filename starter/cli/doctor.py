"""`orderloom doctor`: looks at everything a stack needs, and says in one line each what is wrong with it."""

from collections.abc import Callable, Iterator
from contextlib import closing

import typer

from orderloom.channels.amazon.queue import SqsQueue
from orderloom.configuration import load_config
from orderloom.domain.errors import AccessDenied, OrderloomError, OutsideError
from orderloom.domain.keys import Channel
from orderloom.domain.merchant import (
    Account,
    AmazonAccount,
    MerchantConfig,
    NotificationQueue,
    ShopifyAccount,
)
from orderloom.domain.node_settings import NodeKind, NodeSettings
from orderloom.settings import AccountSecrets, Settings
from starter.cli.findings import Finding, failed, look_into
from starter.cli.options import STATE_DIR, AsJson, StateDir
from starter.cli.output import print_json, print_line
from starter.cli.session import load_settings, wait_for
from starter.clients import build_amazon, build_shopify
from starter.connecting_amazon import check_queue, connect_account
from starter.connecting_shopify import steps_of, webhook_uri
from starter.opening import key_ring, open_merchant_store
from starter.temporal import TemporalConnection, connector


def doctor(as_json: AsJson = False, state_dir: StateDir = STATE_DIR) -> None:
    """Check configuration, database, keys, Temporal and the secrets of every account and node."""
    findings = list(examine(load_settings(state_dir)))
    if as_json:
        print_json([{"what": f.what, "good": f.is_good, "text": f.text} for f in findings])
    else:
        for finding in findings:
            print_line(f"{'ok ' if finding.is_good else 'BAD'}  {finding.what}: {finding.text}")
    if not all(finding.is_good for finding in findings):
        raise typer.Exit(1)


def examine(settings: Settings) -> Iterator[Finding]:
    yield _try("temporal", lambda: _temporal(settings))
    yield _try("keys", lambda: _keys(settings))
    try:
        config = load_config(settings.config)
    except OrderloomError as wrong:
        yield Finding("configuration", False, str(wrong))
        return
    counts = f"{len(config.accounts)} accounts, {len(config.nodes)} nodes, {len(config.rules)} rules"
    yield Finding("configuration", True, f"{settings.config}: {counts}")
    paused: dict[tuple[Channel, str], str] = {}
    try:
        store = open_merchant_store(settings, config)
    except OrderloomError as wrong:
        yield failed("database", wrong)
    else:
        with closing(store):
            paused = {(each.channel, each.account): each.text for each in store.accounts.paused()}
            yield from look_into(store, settings, config)
    for account in config.accounts:
        yield _account(account, settings.accounts.get(account.account, AccountSecrets()))
        if reason := paused.get((account.channel, account.account)):
            yield Finding(f"shop {account.account}", False, reason)
        elif isinstance(account, ShopifyAccount) and settings.public_url:
            yield _connection(settings, config, account, settings.public_url)
        if isinstance(account, AmazonAccount) and account.returns_every:
            yield from _returns(settings, account)
        if isinstance(account, AmazonAccount) and account.notifications:
            yield _queue(account.account, account.notifications, settings)
            yield from _subscriptions(settings, account, account.notifications)
    for node in config.nodes:
        yield _node(node, settings)


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, look())
    except OrderloomError as wrong:
        return failed(what, wrong)


def _temporal(settings: Settings) -> str:
    async def look() -> str:
        connection = TemporalConnection(connector(settings))
        await connection.check()
        client = await connection.client()
        return f"{client.service_client.config.target_host}, namespace {client.namespace}"

    return wait_for(look())


def _keys(settings: Settings) -> str:
    ring = key_ring(settings)
    where = "ORDERLOOM_KEY_RING" if settings.key_ring else str(settings.state_dir / "keys")
    return f"new data is encrypted under {ring.current!r} of {where}"


def _account(account: Account, secrets: AccountSecrets) -> Finding:
    missing = list(_missing_secrets(account.channel, secrets))
    text = f"lacks {', '.join(missing)} in ORDERLOOM_ACCOUNTS" if missing else "has its secrets"
    return Finding(f"account {account.channel.value}:{account.account}", not missing, text)


def _connection(settings: Settings, config: MerchantConfig, account: ShopifyAccount, public_url: str) -> Finding:
    """What `orderloom connect shopify` would find, with nothing changed."""
    what, uri = f"shop {account.account}", webhook_uri(public_url, account.account)
    try:
        channel = build_shopify(settings, config, account)
    except OrderloomError:
        return Finding(what, False, "cannot be asked without its secrets")
    try:
        steps = list(steps_of(channel.connection.look(uri), uri, will_repair=False))
    except OutsideError as failure:
        return Finding(what, False, failure.detail)
    finally:
        channel.close()
    wrong = [f"{step.what} {step.text}" for step in steps if not step.state.is_good]
    if not wrong:
        return Finding(what, True, f"scopes, API version and webhooks to {uri} are as they should be")
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return Finding(what, False, f"{wrong[0]}{more}; `orderloom connect shopify {account.account}` repairs webhooks")


def _returns(settings: Settings, account: AmazonAccount) -> Iterator[Finding]:
    """May we read Amazon's report of returns; nothing where the secrets are missing, which was said already."""
    try:
        channel = build_amazon(settings, account)
    except OrderloomError:
        return
    try:
        channel.returns.check_access()
    except AccessDenied as denied:
        role = "the app needs the role Inventory and Order Tracking; see docs/settings.md"
        yield Finding(f"returns of amazon:{account.account}", False, f"{denied.detail}; {role}")
    except OutsideError as failure:
        yield Finding(f"returns of amazon:{account.account}", False, failure.detail)
    else:
        yield Finding(f"returns of amazon:{account.account}", True, "their report may be read")
    finally:
        channel.close()


def _queue(account: str, queue: NotificationQueue, settings: Settings) -> Finding:
    """Can it be read, and may Amazon send to it."""
    source = SqsQueue(account, queue, endpoint=settings.sqs_endpoint)
    what = f"queue of amazon:{account}"
    try:
        checked = check_queue(source.facts())
    except OutsideError as wrong:
        return Finding(what, False, wrong.detail)
    finally:
        source.close()
    return Finding(what, checked.state.is_good, checked.text)


def _subscriptions(settings: Settings, account: AmazonAccount, queue: NotificationQueue) -> Iterator[Finding]:
    """What `orderloom connect amazon` would find; nothing where queue or secrets are wrong, which was said already."""
    try:
        channel = build_amazon(settings, account)
    except OrderloomError:
        return
    source = SqsQueue(account.account, queue, endpoint=settings.sqs_endpoint)
    try:
        of_queue, *steps = connect_account(source, channel.subscriptions, dry_run=True)
    finally:
        channel.close()
        source.close()
    if not of_queue.state.is_good:
        return
    wrong = [f"{step.what}: {step.text}" for step in steps if not step.state.is_good]
    text = f"{'; '.join(wrong)}; `orderloom connect amazon {account.account}` makes what is missing"
    yield Finding(f"notifications of amazon:{account.account}", not wrong, text if wrong else "all are subscribed")


def _missing_secrets(channel: Channel, secrets: AccountSecrets) -> Iterator[str]:
    has_client = secrets.client_id and secrets.client_secret
    if channel is Channel.AMAZON:
        if not has_client:
            yield "client_id and client_secret"
        if not secrets.refresh_token:
            yield "refresh_token"
        return
    if not secrets.webhook_secrets:
        yield "webhook_secrets"
    if not (secrets.access_token or has_client):
        yield "access_token (or client_id and client_secret)"


def _node(node: NodeSettings, settings: Settings) -> Finding:
    what = f"node {node.node}"
    if node.kind is NodeKind.FBA:
        return Finding(what, True, "is Amazon's own, observed")
    url = settings.node_urls.get(node.node, str(node.url))
    if node.node not in settings.nodes:
        return Finding(what, False, "lacks token and callback_secrets in ORDERLOOM_NODES")
    return Finding(what, True, f"has its secrets, listens at {url}")

"""What `orderloom doctor` says of an account: its secrets, and what its channel answers when asked."""

from collections.abc import Iterator

from orderloom.channels.amazon.queue import SqsQueue
from orderloom.domain.errors import AccessDenied, OrderloomError, OutsideError
from orderloom.domain.keys import Channel
from orderloom.domain.merchant import Account, AmazonAccount, MerchantConfig, NotificationQueue, ShopifyAccount
from orderloom.settings import AccountSecrets, Settings
from starter.cli.findings import Finding
from starter.clients import build_amazon, build_shopify
from starter.connecting_amazon import check_queue, connect_account
from starter.connecting_shopify import steps_of, webhook_uri


def examine_account(
    settings: Settings, config: MerchantConfig, account: Account, paused: str | None
) -> Iterator[Finding]:
    """`paused` says why it is left alone, if it is; a paused shop is not asked."""
    yield _secrets(account, settings.accounts.get(account.account, AccountSecrets()))
    if paused:
        yield Finding(f"shop {account.account}", False, paused)
    elif isinstance(account, ShopifyAccount) and settings.public_url:
        yield _connection(settings, config, account, settings.public_url)
    if isinstance(account, AmazonAccount) and account.returns_every:
        yield from _returns(settings, account)
    if isinstance(account, AmazonAccount) and account.notifications:
        yield _queue(account.account, account.notifications, settings)
        yield from _subscriptions(settings, account, account.notifications)


def _secrets(account: Account, secrets: AccountSecrets) -> Finding:
    missing = list(_missing_secrets(account.channel, secrets))
    text = f"lacks {', '.join(missing)} in ORDERLOOM_ACCOUNTS" if missing else "has its secrets"
    return Finding(f"account {account.channel.value}:{account.account}", not missing, text)


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

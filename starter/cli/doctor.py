"""`orderloom doctor`: looks at everything a stack needs, and says in one line each what is wrong with it."""

from collections.abc import Callable, Iterator
from contextlib import closing

import typer

from orderloom.configuration import load_config
from orderloom.domain.configured import SHOWN_AT
from orderloom.domain.errors import OrderloomError
from orderloom.domain.keys import Channel
from orderloom.domain.node_settings import NodeKind, NodeSettings
from orderloom.settings import Settings
from orderloom.storage.configurations import last_good
from starter.cli.account_findings import examine_account
from starter.cli.findings import Finding, failed, look_into
from starter.cli.options import STATE_DIR, AsJson, StateDir
from starter.cli.output import print_json, print_line
from starter.cli.session import load_settings, wait_for
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
        yield Finding("configuration", False, f"{wrong}{_goes_on(settings)}")
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
        yield from examine_account(settings, config, account, paused.get((account.channel, account.account)))
    for node in config.nodes:
        yield _node(node, settings)


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, look())
    except OrderloomError as wrong:
        return failed(what, wrong)


def _goes_on(settings: Settings) -> str:
    try:
        good = last_good(settings.database)
    except OrderloomError:
        return ""
    return f"; a worker or starter goes on with the last good one, of {good.kept_at:{SHOWN_AT}} UTC" if good else ""


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


def _node(node: NodeSettings, settings: Settings) -> Finding:
    what = f"node {node.node}"
    if node.kind is NodeKind.FBA:
        return Finding(what, True, "is Amazon's own, observed")
    url = settings.node_urls.get(node.node, str(node.url))
    if node.node not in settings.nodes:
        return Finding(what, False, "lacks token and callback_secrets in ORDERLOOM_NODES")
    return Finding(what, True, f"has its secrets, listens at {url}")

"""What Temporal starts by itself: the sweep of each account that is swept, reconciliations, and the janitor."""

from collections.abc import Callable
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.queues import ORDERS
from activities.round_messages import FbaStart, FollowStart, ReconcileStart, ReturnsStart, StockStart, SweepStart
from orderloom.domain.keys import fba_id, follow_id, reconcile_id, returns_id, stock_id, sweep_id
from orderloom.domain.merchant import Account, AmazonAccount, MerchantConfig
from orderloom.domain.node_settings import NodeSettings

HOUSEKEEPING_ID = "housekeeping"
HOUSEKEEPING_INTERVAL = timedelta(minutes=15)


async def ensure_schedules(client: Client, config: MerchantConfig, interval: timedelta) -> None:
    """Create or update them; `interval` is the time between two sweeps of one Amazon account or followed node."""
    for account in config.accounts:
        if isinstance(account, AmazonAccount):
            start = SweepStart(channel=account.channel, account=account.account)
            name = sweep_id(account.channel, account.account)
            await _ensure(client, name, _every(interval, _start("sweep", name, start)))
            await _ensure_fba(client, account, config)
            await _ensure_returns(client, account)
        if account.publish:
            await _ensure_reconcile(client, account, config.listings.reconcile_every)
    for settings in config.nodes:
        await _ensure_follow(client, settings, interval)
        if settings.stock:
            name = stock_id(settings.node)
            start_reading = _start("stock", name, StockStart(node=settings.node))
            await _ensure(client, name, _every(settings.stock.every, start_reading))
    await _ensure(client, HOUSEKEEPING_ID, _every(HOUSEKEEPING_INTERVAL, _start("housekeeping", HOUSEKEEPING_ID)))


async def _ensure_follow(client: Client, node: NodeSettings, interval: timedelta) -> None:
    name = follow_id(node.node)
    if node.is_followed:
        await _ensure(client, name, _every(interval, _start("follow", name, FollowStart(node=node.node))))
    else:
        await _drop(client, name)


async def _ensure_fba(client: Client, account: Account, config: MerchantConfig) -> None:
    node = config.fba_node(account.account)
    if node is not None:
        name = fba_id(account.account)
        start = FbaStart(account=account.account, node=node.node)
        await _ensure(client, name, _every(config.listings.fba_every, _start("fba", name, start)))


async def _ensure_returns(client: Client, account: AmazonAccount) -> None:
    name = returns_id(account.account)
    if account.returns_every is None:
        await _drop(client, name)
        return
    start = _start("returns", name, ReturnsStart(account=account.account))
    # Not at once: a report takes minutes of Amazon's, and what an outage left out is in the next one.
    await _ensure(client, name, _every(account.returns_every, start), at_once=False)


async def _ensure_reconcile(client: Client, account: Account, interval: timedelta) -> None:
    name = reconcile_id(account.channel, account.account)
    start = ReconcileStart(channel=account.channel, account=account.account)
    # Not at once: the publisher reads the catalogue of an account that is new, and a restart is no reason.
    await _ensure(client, name, _every(interval, _start("reconcile", name, start)), at_once=False)


def _start(workflow: str, name: str, *given: object) -> ScheduleActionStartWorkflow:
    return ScheduleActionStartWorkflow(workflow, args=given, id=name, task_queue=ORDERS)


def _every(interval: timedelta, action: ScheduleActionStartWorkflow) -> Schedule:
    return Schedule(
        action=action,
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=interval)]),
        # What an outage left out is not made up for: the next run reads all of it.
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=max(interval, timedelta(seconds=10))),
    )


async def _ensure(client: Client, name: str, schedule: Schedule, *, at_once: bool = True) -> None:
    try:
        await client.create_schedule(name, schedule, trigger_immediately=at_once)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(name).update(_replace(schedule))


async def _drop(client: Client, name: str) -> None:
    try:
        await client.get_schedule_handle(name).delete()
    except RPCError as failure:
        if failure.status is not RPCStatusCode.NOT_FOUND:
            raise


def _replace(schedule: Schedule) -> Callable[[ScheduleUpdateInput], ScheduleUpdate]:
    def update(current: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule.state = current.description.schedule.state
        return ScheduleUpdate(schedule=schedule)

    return update

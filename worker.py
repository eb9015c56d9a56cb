"""The composition root: settings -> clients -> activities -> one Temporal worker per task queue.

The only place where channels, nodes, storage and workflows are joined to run orders. `python worker.py` runs until
SIGTERM or SIGINT, lets running activities finish for `shutdown_grace`, and ends.
"""

import asyncio
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import structlog
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

from activities import queues
from activities.rulings import Rulings
from orderloom.domain.errors import OrderloomError
from orderloom.domain.merchant import MerchantConfig
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.clients import Clients, build_clients
from starter.configured import open_configured
from starter.logging import configure_logging
from starter.rules_in_force import open_rulings, say_what_is_odd
from starter.steps import build_steps
from workflows.after_order import AfterOrderWorkflow
from workflows.cancellations import CancellationsWorkflow
from workflows.connection import connect, ensure_search_attributes
from workflows.fba import FbaWorkflow
from workflows.follow import FollowWorkflow
from workflows.housekeeping import HousekeepingWorkflow
from workflows.order import OrderWorkflow
from workflows.publisher import PublisherWorkflow
from workflows.reconcile import ReconcileWorkflow
from workflows.resolve import ResolveWorkflow
from workflows.returns import ReturnsWorkflow
from workflows.schedules import ensure_schedules
from workflows.stock import StockWorkflow
from workflows.sweep import SweepWorkflow

log = structlog.stdlib.get_logger("worker")

WORKFLOWS = (
    OrderWorkflow,
    AfterOrderWorkflow,
    SweepWorkflow,
    PublisherWorkflow,
    CancellationsWorkflow,
    ReconcileWorkflow,
    FbaWorkflow,
    ReturnsWorkflow,
    FollowWorkflow,
    StockWorkflow,
    HousekeepingWorkflow,
    ResolveWorkflow,
)
PASSED_THROUGH = ("activities", "orderloom", "pydantic", "pydantic_core", "structlog")
"""What workflow modules may import besides the standard library and Temporal. It has no state that a run could see."""
PER_SECOND = {
    "amazon-orders": 1.0,
    "amazon-shipping": 2.0,
    "amazon-listings": 5.0,
    "shopify": 4.0,
    "shopify-listings": 4.0,
}
"""Steps begun per second on a queue of this kind, over all workers: confirmShipment's published 2 a second; 5 for
listings, which a publisher's step writes and reads once each, as published; for Shopify what its bucket bears in a
burst: a confirmation reserves about 120 points, most of them given back at once, and is told to wait where the bucket
is low. Sweeps pace themselves by what Amazon answers. A node has its own setting."""
OUTSIDE_THREADS = 8
RECONNECT_SECONDS = 2.0


async def run_worker(settings: Settings, ready: Callable[[], None] | None = None) -> None:
    """Run until SIGTERM or SIGINT; `ready` is called once all queues are polled.

    Where the configuration has become wrong, the last good one counts. Raises ConfigInvalid where there is none and for
    missing secrets, Unavailable where the database is away.
    """
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    with ExitStack() as opened:
        found = open_configured(settings, "worker")
        settings, config, store = found.settings, found.config, found.store
        opened.callback(store.close)
        clients = build_clients(settings, config, store.accounts)
        opened.callback(clients.close)
        temporal = await _connect(settings, stop)
        if temporal:
            await ensure_search_attributes(temporal)
            await ensure_schedules(temporal, config, settings.sweep_interval)
            rulings = open_rulings(settings, config, store)
            say_what_is_odd(settings, config, store)
            threads = opened.enter_context(threads_for(settings, config))
            workers = build_workers(temporal, settings, config, rulings, store, clients, threads)
            await _run(workers, stop, ready)


def build_workers(
    temporal: Client,
    settings: Settings,
    config: MerchantConfig,
    rulings: Rulings,
    store: Store,
    clients: Clients,
    threads: ThreadPoolExecutor,
) -> list[Worker]:
    """One worker per task queue, so that each outside limit is a limit of its own."""
    steps = build_steps(settings, config, rulings, store, clients)

    def outside(queue: str, *steps: object, per_second: float | None = None) -> Worker:
        rate = (per_second or PER_SECOND[queue.partition(":")[0]]) * settings.speed
        return _worker(temporal, settings, queue, steps, threads, OUTSIDE_THREADS, per_second=rate)

    return [
        _worker(temporal, settings, queues.ORDERS, steps.orders, threads, settings.worker_threads, workflows=WORKFLOWS),
        *(outside(queues.amazon_orders(account), *steps.amazon_orders) for account in clients.amazon),
        *(outside(queues.amazon_shipping(account), *steps.amazon_shipping) for account in clients.amazon),
        *(outside(queues.shopify(account), *steps.shopify) for account in clients.shopify),
        *(outside(queues.amazon_listings(account), *steps.amazon_listings) for account in clients.amazon),
        *(outside(queues.shopify_listings(account), *steps.shopify_listings) for account in clients.shopify),
        *(
            outside(queues.node(node.node), *steps.node, per_second=node.requests_per_second)
            for node in config.nodes
            if node.takes_dispatches
        ),
        *(
            outside(queues.action(name), *steps.action, per_second=config.actions[name].per_second)
            for name in clients.actions
        ),
    ]


def threads_for(settings: Settings, config: MerchantConfig) -> ThreadPoolExecutor:
    """As many as all queues together may use, so that a hanging node never keeps a database step waiting."""
    outside = 3 * len(config.accounts) + sum(node.takes_dispatches for node in config.nodes)
    outside += len(config.actions)
    return ThreadPoolExecutor(settings.worker_threads + OUTSIDE_THREADS * outside, thread_name_prefix="activity")


def workflow_runner() -> SandboxedWorkflowRunner:
    """Workflow modules are sandboxed, and an import that nobody thought about stops the worker at its start."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedWorkflowRunner(
        restrictions=restrictions.with_import_notification_policy(
            SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
        )
    )


def steps_of(activities: object) -> list[Callable[..., Any]]:
    """The methods that are activities."""
    members = (getattr(activities, name) for name in dir(type(activities)) if not name.startswith("_"))
    return [member for member in members if hasattr(member, "policy")]


def _worker(
    temporal: Client,
    settings: Settings,
    queue: str,
    activities: tuple[object, ...],
    threads: ThreadPoolExecutor,
    at_a_time: int,
    *,
    workflows: tuple[type, ...] = (),
    per_second: float | None = None,
) -> Worker:
    return Worker(
        temporal,
        task_queue=queue,
        workflows=workflows,
        activities=[method for each in activities for method in steps_of(each)],
        activity_executor=threads,
        max_concurrent_activities=at_a_time,
        max_task_queue_activities_per_second=per_second,
        workflow_runner=workflow_runner(),
        graceful_shutdown_timeout=settings.shutdown_grace,
    )


async def _run(workers: list[Worker], stop: asyncio.Event, ready: Callable[[], None] | None) -> None:
    running = [asyncio.create_task(worker.run()) for worker in workers]
    stopping = asyncio.create_task(stop.wait())
    await asyncio.sleep(0)
    log.info("the worker runs", queues=[worker.task_queue for worker in workers])
    if ready:
        ready()
    await asyncio.wait([*running, stopping], return_when=asyncio.FIRST_COMPLETED)
    log.info("the worker stops")
    stopping.cancel()
    await asyncio.gather(*(worker.shutdown() for worker in workers))
    await asyncio.gather(*running)


async def _connect(settings: Settings, stop: asyncio.Event) -> Client | None:
    """Wait for Temporal as long as it takes; None when told to stop meanwhile."""
    runtime = None
    if settings.metrics_port:
        metrics = PrometheusConfig(bind_address=f"0.0.0.0:{settings.metrics_port}")
        runtime = Runtime(telemetry=TelemetryConfig(metrics=metrics))
    while not stop.is_set():
        try:
            return await connect(settings.temporal_address, runtime=runtime)
        except RuntimeError:
            # The SDK raises a bare RuntimeError for a failed first connection.
            log.warning("Temporal cannot be reached; trying again", seconds=RECONNECT_SECONDS)
        try:
            await asyncio.wait_for(stop.wait(), RECONNECT_SECONDS)
        except TimeoutError:
            continue
    return None


def main() -> int:
    settings = Settings()
    configure_logging(settings.log_level, as_json=settings.log_json)
    try:
        asyncio.run(run_worker(settings))
    except OrderloomError as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - the one line that a person reads when it cannot start
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

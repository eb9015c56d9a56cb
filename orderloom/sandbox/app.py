"""The sandbox as one ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from orderloom.sandbox.amazon.feed_routes import feed_routes
from orderloom.sandbox.amazon.listing_routes import listing_routes
from orderloom.sandbox.amazon.notification_routes import notification_routes
from orderloom.sandbox.amazon.outbound_routes import outbound_routes
from orderloom.sandbox.amazon.report_routes import report_routes
from orderloom.sandbox.amazon.routes import amazon_routes
from orderloom.sandbox.clock import Clock, SystemClock
from orderloom.sandbox.config import SandboxConfig
from orderloom.sandbox.control_listing_routes import listing_control_routes
from orderloom.sandbox.control_order_routes import order_control_routes
from orderloom.sandbox.control_outbound_routes import outbound_control_routes
from orderloom.sandbox.control_return_routes import return_control_routes
from orderloom.sandbox.control_routes import control_routes
from orderloom.sandbox.nodes.routes import node_routes
from orderloom.sandbox.shopify.routes import shopify_routes
from orderloom.sandbox.state import Sandbox


def create_app(config: SandboxConfig, clock: Clock | None = None) -> FastAPI:
    """Build the application. It must run with its lifespan and in one process: its state is in memory."""
    sandbox = Sandbox(config, clock or SystemClock())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await sandbox.outbox.close()
        sandbox.notifier.close()

    app = FastAPI(title="orderloom sandbox", lifespan=lifespan)
    app.include_router(amazon_routes(sandbox.amazon))
    app.include_router(listing_routes(sandbox.amazon))
    app.include_router(notification_routes(sandbox.amazon, sandbox.notifier))
    app.include_router(feed_routes(sandbox.amazon, sandbox.feeds))
    app.include_router(report_routes(sandbox.amazon, sandbox.reports))
    app.include_router(outbound_routes(sandbox.amazon, sandbox.outbound))
    app.include_router(shopify_routes(sandbox.shopify))
    app.include_router(node_routes(sandbox.nodes, sandbox.fate))
    app.include_router(control_routes(sandbox))
    app.include_router(listing_control_routes(sandbox))
    app.include_router(order_control_routes(sandbox))
    app.include_router(return_control_routes(sandbox))
    app.include_router(outbound_control_routes(sandbox))
    return app

"""The starter's ASGI app: its routes, and the relay that runs as long as it does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI

from starter.http import api, errors, health, inventory, listings, page, proposals, standing, webhooks
from starter.services import Services

RELAY_STOP_SECONDS = 10.0
"""How long a batch under way may take when the starter stops; after that its events wait for their lease to end."""

DESCRIPTION = """
Takes in what channels and fulfillment nodes report, and answers for the merchant's orders.
Nothing here shows personal data: an order's destination is its region.
"""


def create_app(services: Services) -> FastAPI:
    """The app over these services; it closes them when it stops."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        relaying = asyncio.create_task(services.relay.run(), name="relay")
        services.listen(asyncio.get_running_loop())
        try:
            yield
        finally:
            services.relay.stop()
            await asyncio.to_thread(services.stop_listening)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(relaying, RELAY_STOP_SECONDS)
            services.close()

    app = FastAPI(title="orderloom", version="0.1.0", description=DESCRIPTION, lifespan=lifespan)
    app.state.services = services
    errors.install(app)
    for part in (webhooks, api, proposals, inventory, listings, standing, health, page):
        app.include_router(part.router)
    return app

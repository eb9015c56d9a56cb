"""`python -m starter.http` (and `orderloom starter`): one starter process until SIGTERM or SIGINT."""

import sys

import structlog
import uvicorn

from orderloom.domain.errors import OrderloomError
from orderloom.settings import Settings
from starter.http.app import create_app
from starter.logging import configure_logging
from starter.services import build_services

STOP_SECONDS = 15
IDLE_SECONDS = 75
"""How long an idle connection stays open: longer than the proxy before it keeps one (60 s is usual), which would else
send a webhook into a connection that is being closed."""
log = structlog.get_logger(__name__)


def serve(settings: Settings) -> None:
    """Blocks until the process is told to stop. Raises an OrderloomError where the starter cannot begin."""
    configure_logging(settings.log_level, as_json=settings.log_json)
    app = create_app(build_services(settings))
    log.info("starter", address=f"http://{settings.starter_host}:{settings.starter_port}")
    uvicorn.run(
        app,
        host=settings.starter_host,
        port=settings.starter_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


if __name__ == "__main__":
    try:
        serve(Settings())
    except OrderloomError as failure:
        sys.exit(f"orderloom starter: {failure}")

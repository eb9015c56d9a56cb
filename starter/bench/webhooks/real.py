"""The starter that is measured: a shop of its own in an empty folder, while Temporal is away."""

import sys
from pathlib import Path

from fastapi import FastAPI

from orderloom.configuration import load_config
from orderloom.settings import AccountSecrets, Settings
from starter.bench.webhooks.serving import serve
from starter.http import create_app
from starter.logging import configure_logging
from starter.opening import open_merchant_store
from starter.services import join
from starter.temporal import connector

SHOP = Path(__file__).parents[1] / "shop.yaml"
SECRET = "bench"  # noqa: S105 - of a shop that does not exist


def starter_app(folder: Path) -> FastAPI:
    secrets = AccountSecrets.model_validate({"webhook_secrets": [SECRET]})
    settings = Settings(
        state_dir=folder,
        config=SHOP,
        database_url=None,
        key_ring={},
        accounts={"bench": secrets},
        nodes={},
        temporal_address="127.0.0.1:9",
    )
    config = load_config(SHOP)
    store = open_merchant_store(settings, config)
    return create_app(join(settings, config, store, connector(settings)))


if __name__ == "__main__":
    configure_logging("CRITICAL", as_json=True)
    serve(starter_app(Path(sys.argv[2])))

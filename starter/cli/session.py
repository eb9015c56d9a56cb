"""What a command works on: the settings of a state directory, the configuration, and the open store."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from orderloom.configuration import load_config
from orderloom.domain.errors import ConfigInvalid
from orderloom.domain.merchant import MerchantConfig
from orderloom.settings import STATE_FILE, Settings
from orderloom.storage.store import Store
from starter.opening import open_merchant_store

T = TypeVar("T")


@dataclass(frozen=True)
class Session:
    settings: Settings
    config: MerchantConfig
    store: Store


def load_settings(state_dir: Path) -> Settings:
    """Raises ConfigInvalid, naming the setting, for a value that cannot be used."""
    try:
        return Settings(state_dir=state_dir)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(step) for step in first["loc"])
        raise ConfigInvalid(f"environment or {state_dir / STATE_FILE}", None, name, first["msg"]) from None
    except ValueError:
        raise ConfigInvalid(str(state_dir / STATE_FILE), None, "file", "is not JSON") from None


@contextmanager
def open_session(state_dir: Path) -> Iterator[Session]:
    settings = load_settings(state_dir)
    config = load_config(settings.config)
    store = open_merchant_store(settings, config)
    try:
        yield Session(settings, config, store)
    finally:
        store.close()


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    """Run something asynchronous to its end."""
    return asyncio.run(work)

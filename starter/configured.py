"""Opens what a long-running process works with. A file that has become wrong does not keep it from starting again.

A person who starts something by hand (`orderloom dev`, any command) is told what is wrong and nothing runs. A worker or
starter that comes back by itself, at night, goes on with the last good configuration and says so: decision 0012.
"""

from dataclasses import dataclass
from pathlib import Path

import structlog

from orderloom.configuration import load_config
from orderloom.domain.errors import ConfigInvalid
from orderloom.domain.merchant import MerchantConfig
from orderloom.settings import Settings
from orderloom.storage.configurations import last_good
from orderloom.storage.store import Store
from starter.opening import open_merchant_store

log = structlog.stdlib.get_logger("configuration")


@dataclass(frozen=True)
class Configured:
    settings: Settings
    """As given; where the file is wrong, their `config` is a copy of the last good one in the state directory."""
    config: MerchantConfig
    store: Store


def open_configured(settings: Settings, process: str) -> Configured:
    """Raises ConfigInvalid for a wrong file where none was ever good, and Unavailable where the database is away."""
    try:
        found = _open(settings)
    except ConfigInvalid as wrong:
        return _with_the_last_good(settings, process, wrong)
    found.store.configurations.keep(process, settings.config.read_text(encoding="utf-8"))
    return found


def _open(settings: Settings) -> Configured:
    config = load_config(settings.config)
    return Configured(settings, config, open_merchant_store(settings, config))


def _with_the_last_good(settings: Settings, process: str, wrong: ConfigInvalid) -> Configured:
    good = last_good(settings.database)
    if good is None:
        raise wrong
    try:
        copy = _lay_down(settings.state_dir / f"last-good.{process}.yaml", good.text)
        found = _open(settings.model_copy(update={"config": copy}))
    except (ConfigInvalid, OSError):
        # A key ring that is wrong, or a file of an older release: what was said first is what is to be mended.
        raise wrong from None
    found.store.configurations.refuse(process, good, str(wrong))
    kept_at = f"{good.kept_at:%Y-%m-%d %H:%M} UTC"
    log.error("the configuration is refused; the last good one goes on", why=str(wrong), of=kept_at, copy=str(copy))
    return found


def _lay_down(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path

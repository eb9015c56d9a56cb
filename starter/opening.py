"""Opens the merchant's store: the database and key ring that the settings name, for the configured accounts."""

import base64
import binascii

from orderloom.domain.errors import ConfigInvalid
from orderloom.domain.listing.choice import ConfiguredPolicies
from orderloom.domain.merchant import MerchantConfig
from orderloom.settings import Settings
from orderloom.storage.store import Store, open_store
from orderloom.storage.vault import KeyRing

KEYS_FOLDER = "keys"


def open_merchant_store(settings: Settings, config: MerchantConfig) -> Store:
    """Raises ConfigInvalid for a key ring that cannot be used and Unavailable where the database is away."""
    return open_store(
        settings.database,
        key_ring(settings),
        accounts=config.accounts,
        nodes=config.nodes,
        policies=policy_book(settings, config),
    )


def policy_book(settings: Settings, config: MerchantConfig) -> ConfiguredPolicies:
    return ConfiguredPolicies(config, settings.sweep_interval, settings.speed)


def key_ring(settings: Settings) -> KeyRing:
    """The configured ring, else the one in the state directory, made when first needed."""
    if not settings.key_ring:
        return KeyRing.load_or_create(settings.state_dir / KEYS_FOLDER)
    keys: dict[str, bytes] = {}
    for name, secret in settings.key_ring.items():
        try:
            keys[name] = base64.b64decode(secret.get_secret_value(), validate=True)
        except binascii.Error:
            raise ConfigInvalid("ORDERLOOM_KEY_RING", None, name, "is not base64") from None
    return KeyRing(keys, settings.key_id or list(keys)[-1])

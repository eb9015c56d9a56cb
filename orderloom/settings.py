"""Every setting once, typed and documented. docs/settings.md is held to this file by a test.

Where a value comes from, first match wins: the environment (`ORDERLOOM_*`, Temporal's own `TEMPORAL_*`), then
`settings.json` in the state directory, which `orderloom dev` writes so that every other command finds the running
stack, then the default here. Business configuration is not here: it lies in config/orderloom.yaml.
"""

import os
from datetime import timedelta
from pathlib import Path

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    JsonConfigSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

DEFAULT_STATE_DIR = Path(".orderloom")
STATE_FILE = "settings.json"


class AccountSecrets(BaseModel):
    """What an account needs to speak to its channel. Which fields count depends on the channel."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    webhook_secrets: tuple[SecretStr, ...] = ()
    """Shopify: the app's client secrets, the newest last. Any of them may sign while a rotation is under way."""
    access_token: SecretStr | None = None
    """Shopify: a fixed `shpat_` token of an older custom app. Without it the client id and secret fetch one."""
    client_id: str | None = None
    """Shopify: the app's client id. Amazon: the LWA client id."""
    client_secret: SecretStr | None = None
    """Shopify: the app's client secret. Amazon: the LWA client secret."""
    refresh_token: SecretStr | None = None
    """Amazon: the seller's LWA refresh token."""


class NodeSecrets(BaseModel):
    """What an HTTP node needs: our token there, and the secrets it signs its callbacks with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: SecretStr
    callback_secrets: tuple[SecretStr, ...]


class ActionSecrets(BaseModel):
    """What an action needs that is not for the configuration file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = None
    """Its address, where that is a secret (a chat's webhook) or another one here; overrides the configuration."""
    token: SecretStr | None = None
    """Our token there, sent as the action's `auth` says."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="ORDERLOOM_", extra="ignore", frozen=True, populate_by_name=True)

    state_dir: Path = DEFAULT_STATE_DIR
    """Where the embedded database, keys, logs and the running stack's addresses lie."""
    config: Path = Path("config/orderloom.yaml")
    """The merchant's business configuration."""
    database_url: str | None = None
    """SQLAlchemy URL, e.g. `postgresql+psycopg://user:secret@host/db`. Default: SQLite in the state directory."""
    key_ring: dict[str, SecretStr] = Field(default_factory=dict)
    """Master keys for personal data by id, each 32 bytes in base64. Default: a key made in the state directory."""
    key_id: str | None = None
    """The id of the master key that new data is encrypted under. Default: the last one of the key ring."""
    accounts: dict[str, AccountSecrets] = Field(default_factory=dict)
    """Secrets per account, as JSON: `{"kitchen": {"webhook_secrets": ["..."], "access_token": "..."}}`."""
    nodes: dict[str, NodeSecrets] = Field(default_factory=dict)
    """Secrets per node, as JSON: `{"own_warehouse": {"token": "...", "callback_secrets": ["..."]}}`."""
    actions: dict[str, ActionSecrets] = Field(default_factory=dict)
    """Secrets per action, as JSON: `{"fraud_check": {"token": "..."}, "notify_chat": {"url": "https://..."}}`."""
    node_urls: dict[str, str] = Field(default_factory=dict)
    """Overrides of the nodes' urls in the configuration, as JSON; the sandbox uses it."""
    temporal_address: str | None = Field(
        default=None, validation_alias=AliasChoices("temporal_address", "TEMPORAL_ADDRESS")
    )
    """host:port of the Temporal server. All other `TEMPORAL_*` variables are read by Temporal's own configuration."""
    amazon_endpoint: str | None = None
    """Overrides the SP-API host of every region, e.g. the sandbox. Default: Amazon's host of the account's region."""
    amazon_token_url: str = "https://api.amazon.com/auth/o2/token"  # noqa: S105 - an address, not a secret
    """Where LWA access tokens come from."""
    sqs_endpoint: str | None = None
    """Overrides the address of SQS in every AWS region, e.g. a local queue server."""
    shopify_endpoint: str | None = None
    """Overrides `https://{shop}` of every shop, e.g. the sandbox."""
    shopify_api_version: str = "2026-10"
    """The Admin API version that all queries are checked against."""
    http_timeout: timedelta = timedelta(seconds=20)
    """How long one exchange with a channel or node may take."""
    sweep_interval: timedelta = timedelta(seconds=180)
    """Time between two sweeps of an Amazon account. Amazon allows one searchOrders call in 178 s, burst 20."""
    starter_host: str = "127.0.0.1"
    """Address the starter listens on."""
    starter_port: int = 8080
    """Port the starter listens on."""
    public_url: str | None = None
    """Where channels reach the starter from outside, e.g. `https://orders.example.com`."""
    relay_lease: timedelta = timedelta(seconds=30)
    """How long the relay keeps an event to itself before another one may try."""
    worker_threads: int = 16
    """How many activities one worker process runs at a time."""
    shutdown_grace: timedelta = timedelta(seconds=30)
    """How long a stopping worker lets running activities finish. Keep it above `http_timeout`."""
    metrics_port: int | None = None
    """Where the worker serves Prometheus metrics. The starter serves its own on /metrics."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    log_json: bool = False
    """One JSON object a line instead of text for people."""
    sandbox_speed: float = 1.0
    """How many times faster than published the sandbox's limits and waiting times run. Demo and tests only."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        chosen = init_settings().get("state_dir") or os.environ.get("ORDERLOOM_STATE_DIR") or DEFAULT_STATE_DIR
        running_stack = JsonConfigSettingsSource(settings_cls, json_file=Path(chosen) / STATE_FILE)
        return init_settings, env_settings, running_stack

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{(self.state_dir / 'orderloom.db').resolve()}"

    @property
    def speed(self) -> float:
        """How much faster than published the channels' limits and waiting times run: only against the sandbox."""
        return self.sandbox_speed if self.amazon_endpoint or self.shopify_endpoint else 1.0

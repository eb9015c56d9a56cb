"""The made-up credentials of the local stack: made once, kept in the state directory, known to both sides."""

import secrets as random_secrets
from pathlib import Path

from pydantic import Field

from orderloom.domain.merchant import AmazonAccount, MerchantConfig
from orderloom.domain.model import Frozen
from orderloom.domain.node_settings import NodeKind
from starter.stack.endpoints import write_private


def _token(prefix: str) -> str:
    return f"{prefix}_{random_secrets.token_hex(16)}"


class AccountTokens(Frozen):
    """One set serves an Amazon and a Shopify account of the same name."""

    client_id: str = Field(default_factory=lambda: _token("client"))
    client_secret: str = Field(default_factory=lambda: _token("secret"))
    refresh_token: str = Field(default_factory=lambda: _token("Atzr"))
    access_token: str = Field(default_factory=lambda: _token("shpat"))
    webhook_secret: str = Field(default_factory=lambda: _token("hook"))


class NodeTokens(Frozen):
    token: str = Field(default_factory=lambda: _token("node"))
    callback_secret: str = Field(default_factory=lambda: _token("callback"))


class StackSecrets(Frozen):
    accounts: dict[str, AccountTokens] = Field(default_factory=dict)
    nodes: dict[str, NodeTokens] = Field(default_factory=dict)

    @classmethod
    def load_or_create(cls, file: Path, config: MerchantConfig) -> "StackSecrets":
        """What the file holds, with what the configuration newly needs added to it."""
        known = cls.model_validate_json(file.read_bytes()) if file.is_file() else cls()
        accounts = {a.account: known.accounts.get(a.account) or AccountTokens() for a in config.accounts}
        http_nodes = (n.node for n in config.nodes if n.kind is not NodeKind.FBA)
        nodes = {node: known.nodes.get(node) or NodeTokens() for node in http_nodes}
        all_of_them = cls(accounts={**known.accounts, **accounts}, nodes={**known.nodes, **nodes})
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(file, all_of_them.model_dump_json(indent=2))
        return all_of_them

    def for_sandbox(
        self, config: MerchantConfig, *, speed: float, starter_url: str, pick_seconds: float
    ) -> dict[str, object]:
        """The content of sandbox.json (orderloom/sandbox/config.py)."""
        amazon, shopify = [], []
        for account in config.accounts:
            tokens = self.accounts[account.account].model_dump()
            keep = {"account": account.account, **{name: tokens[name] for name in ("client_id", "client_secret")}}
            if isinstance(account, AmazonAccount):
                keep |= {"seller_id": account.seller_id, "marketplaces": account.marketplaces}
                amazon.append({**keep, "refresh_token": tokens["refresh_token"]})
            else:
                keep |= {"shop": account.shop, "webhook_secret": tokens["webhook_secret"]}
                shopify.append({**keep, "access_token": tokens["access_token"]})
        nodes = [
            {"node": n.node, **self.nodes[n.node].model_dump(), "pick_seconds": pick_seconds}
            for n in config.nodes
            if n.kind is not NodeKind.FBA
        ]
        return {"speed": speed, "starter_url": starter_url, "amazon": amazon, "shopify": shopify, "nodes": nodes}

    def for_settings(self) -> dict[str, object]:
        """The fields `accounts` and `nodes` of orderloom/settings.py."""
        accounts = {
            name: {
                "webhook_secrets": [tokens.webhook_secret],
                "access_token": tokens.access_token,
                "client_id": tokens.client_id,
                "client_secret": tokens.client_secret,
                "refresh_token": tokens.refresh_token,
            }
            for name, tokens in self.accounts.items()
        }
        nodes = {
            name: {"token": tokens.token, "callback_secrets": [tokens.callback_secret]}
            for name, tokens in self.nodes.items()
        }
        return {"accounts": accounts, "nodes": nodes}

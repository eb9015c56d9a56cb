"""The whole store, opened on one database."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from orderloom.domain.listing.ports import PolicyBook
from orderloom.domain.merchant import AmazonAccount, ShopifyAccount
from orderloom.domain.node_settings import NodeSettings
from orderloom.storage.accounts import SqlAccountBook, connect_accounts
from orderloom.storage.action_runs import SqlActionBook
from orderloom.storage.cancellations import SqlCancellationBook
from orderloom.storage.catalog import SqlCatalog
from orderloom.storage.configurations import Configurations
from orderloom.storage.counts import SqlCountBook
from orderloom.storage.data_keys import Vault
from orderloom.storage.database import Database
from orderloom.storage.events import SqlEventLog
from orderloom.storage.health import SellerHealth
from orderloom.storage.history import DecisionHistory
from orderloom.storage.ledger import SqlLedger
from orderloom.storage.listings.book import SqlListingBook
from orderloom.storage.listings.unpublished import NothingPublished
from orderloom.storage.migrating import bring_up_to_date
from orderloom.storage.nodes import register_nodes
from orderloom.storage.orders import SqlOrderBook
from orderloom.storage.privacy import Privacy
from orderloom.storage.privacy_export import PersonalExport
from orderloom.storage.privacy_requests import PrivacyRequests
from orderloom.storage.rule_versions import SqlRuleVersions
from orderloom.storage.shipments import SqlShipmentBook
from orderloom.storage.stories import Stories
from orderloom.storage.vault import KeyRing

Clock = Callable[[], datetime]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """Every port that the database implements. Safe to share between threads."""

    def __init__(
        self, database: Database, keys: KeyRing, clock: Clock = _utc_now, policies: PolicyBook | None = None
    ) -> None:
        self.database = database
        vault = Vault(keys)
        self.accounts = SqlAccountBook(database, clock)
        self.events = SqlEventLog(database, vault, clock)
        self.orders = SqlOrderBook(database, vault, clock)
        self.catalog = SqlCatalog(database, clock)
        self.ledger = SqlLedger(database, clock)
        self.counts = SqlCountBook(database, clock)
        self.listings = SqlListingBook(database, policies or NothingPublished(), clock)
        self.shipments = SqlShipmentBook(database, clock)
        self.actions = SqlActionBook(database, clock)
        self.cancellations = SqlCancellationBook(database, clock)
        self.stories = Stories(database, clock)
        self.history = DecisionHistory(database)
        self.health = SellerHealth(database, clock)
        self.rule_versions = SqlRuleVersions(database, clock)
        self.configurations = Configurations(database, clock)
        self.privacy = Privacy(database, clock)
        self.privacy_requests = PrivacyRequests(database, clock)
        self.personal_export = PersonalExport(database, vault)

    def close(self) -> None:
        self.database.close()


def open_store(
    database_url: str,
    keys: KeyRing,
    *,
    accounts: Sequence[AmazonAccount | ShopifyAccount] = (),
    nodes: Sequence[NodeSettings] = (),
    clock: Clock = _utc_now,
    policies: PolicyBook | None = None,
) -> Store:
    """Open the database, bring its schema up to date and register the configured accounts and nodes.

    Several processes may do so at once. Raises Unavailable where the database cannot be reached, and ConfigInvalid
    for a node that may not change its pool. Without `policies` no listing is published.
    """
    database = Database(database_url)

    def register(connection: Connection) -> None:
        connect_accounts(connection, accounts, clock())
        register_nodes(connection, nodes)

    try:
        bring_up_to_date(database)
        database.write(register)
    except BaseException:
        database.close()
        raise
    return Store(database, keys, clock, policies)

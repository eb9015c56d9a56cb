"""What the starter measures, for Prometheus on /metrics. Each app has a registry of its own."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from orderloom.domain.configured import RefusedConfiguration
from orderloom.domain.health import Grade, Health, Rate

KNOWN_TOPICS = (
    "orders/create",
    "orders/updated",
    "orders/cancelled",
    "orders/edited",
    "orders/paid",
    "fulfillment",
    "fulfillment/followed",
)
OTHER_TOPIC = "other"
GRADES = {Grade.NONE: 0, Grade.OK: 0, Grade.WARN: 1, Grade.BAD: 2}
SHOPIFY_LIMIT_SECONDS = 5.0
"""Shopify counts a webhook as failed that is not answered in this time."""


class Meters:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._measure_arrivals()
        self._measure_backlog()
        self._measure_stock()
        self._measure_promises()

    def _measure_arrivals(self) -> None:
        self.events = Counter(
            "orderloom_events",
            "Events that were stored, by where they came from.",
            ("origin", "topic", "state"),
            registry=self.registry,
        )
        self.duplicates = Counter(
            "orderloom_events_duplicate",
            "Deliveries that had been stored before.",
            ("origin",),
            registry=self.registry,
        )
        self.refused = Counter(
            "orderloom_webhooks_refused",
            "Deliveries that were not stored, by HTTP status.",
            ("status",),
            registry=self.registry,
        )
        self.answer_seconds = Histogram(
            "orderloom_webhook_answer_seconds",
            "Time from a delivery's first byte to its answer.",
            ("kind",),
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, SHOPIFY_LIMIT_SECONDS, 10.0),
            registry=self.registry,
        )
        self.handovers = Counter(
            "orderloom_handovers",
            "Events that the relay handed to Temporal, by outcome (delivered, late, failed).",
            ("outcome",),
            registry=self.registry,
        )
        self.notifications = Counter(
            "orderloom_notifications",
            "Messages of Amazon's notification queues, by outcome (stored, duplicate, heard, kept, parked).",
            ("account", "outcome"),
            registry=self.registry,
        )

    def _measure_backlog(self) -> None:
        self.backlog_events = Gauge(
            "orderloom_relay_backlog_events", "Stored events that wait for the relay.", registry=self.registry
        )
        self.backlog_seconds = Gauge(
            "orderloom_relay_backlog_age_seconds", "Age of the oldest event that waits.", registry=self.registry
        )

    def _measure_stock(self) -> None:
        self.pushes = Gauge(
            "orderloom_listing_pushes_waiting", "Quantities that no channel has been told yet.", registry=self.registry
        )
        self.pushes_seconds = Gauge(
            "orderloom_listing_pushes_age_seconds", "Age of the oldest of them.", registry=self.registry
        )
        self.alarms = Gauge(
            "orderloom_listing_alarms", "Alerts about listings that nobody has looked at.", registry=self.registry
        )
        self.proposals = Gauge(
            "orderloom_count_proposals", "Counts that nodes propose and nobody has decided.", registry=self.registry
        )
        self.unread_nodes = Gauge(
            "orderloom_stock_unread_nodes",
            "Nodes whose stock could not be read when last asked.",
            registry=self.registry,
        )

    def _measure_promises(self) -> None:
        self.privacy_requests = Gauge(
            "orderloom_privacy_requests", "Requests about a customer's data that are not done.", registry=self.registry
        )
        self.paused_accounts = Gauge(
            "orderloom_account_paused",
            "1 for an account whose app was uninstalled: it is not called until it is connected again.",
            ("account",),
            registry=self.registry,
        )
        self.refused_configurations = Gauge(
            "orderloom_configuration_refused",
            "1 for a kind of process that started with a wrong file and works with the last good one.",
            ("process",),
            registry=self.registry,
        )
        self.late_orders = Gauge(
            "orderloom_orders_late",
            "Orders that should have left by now, as called out in their timelines.",
            registry=self.registry,
        )
        self.seller_rates = Gauge(
            "orderloom_seller_rate",
            "Rates of an Amazon account over 30 days (late_shipments, cancellations, valid_tracking), 0 to 1.",
            ("account", "rate"),
            registry=self.registry,
        )
        self.seller_grades = Gauge(
            "orderloom_seller_grade",
            "How a rate stands against its published target: 0 ok or nothing to count, 1 near it, 2 missed.",
            ("account", "rate"),
            registry=self.registry,
        )

    def standing(self, health: Health) -> None:
        """A rate of nothing is not told."""
        self.late_orders.set(health.late_count)
        self.paused_accounts.clear()
        for paused in health.paused:
            self.paused_accounts.labels(f"{paused.channel}:{paused.account}").set(1)
        for account in health.accounts:
            for name in ("late_shipments", "cancellations", "valid_tracking"):
                found: Rate = getattr(account, name)
                self.seller_grades.labels(account.account, name).set(GRADES[found.grade])
                if found.rate is not None:
                    self.seller_rates.labels(account.account, name).set(found.rate)

    def configured(self, refused: Sequence[RefusedConfiguration]) -> None:
        self.refused_configurations.clear()
        for each in refused:
            self.refused_configurations.labels(each.process).set(1)

    def text(self) -> bytes:
        return generate_latest(self.registry)

    @staticmethod
    def topic(name: str) -> str:
        """A bounded set of label values: the topic header of a webhook is not signed."""
        return name if name in KNOWN_TOPICS else OTHER_TOPIC

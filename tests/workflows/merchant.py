"""The merchant whose orders these tests tell of: two accounts, five nodes, a rule for each way an order may go."""

from datetime import UTC, datetime, timedelta

from orderloom.domain.action_settings import ActionSettings
from orderloom.domain.keys import Channel
from orderloom.domain.merchant import AmazonAccount, MerchantConfig, ShopifyAccount
from orderloom.domain.node_settings import NodeKind, NodeSettings
from orderloom.domain.rulebook import ActionTime, Backorder, OnFailure, Otherwise, Rule, RuleAction

LIVE_FROM = datetime(2026, 1, 1, tzinfo=UTC)
SOLD = "sold_printer"
"""An action that was in the configuration when an order was decided, and that no worker knows now."""

CONFIG = MerchantConfig(
    merchant="Test kitchen",
    accounts=(
        ShopifyAccount(channel=Channel.SHOPIFY, account="kitchen", shop="kitchen.myshopify.com", live_from=LIVE_FROM),
        AmazonAccount(
            channel=Channel.AMAZON,
            account="kitchen_us",
            seller_id="A1",
            marketplaces=("ATVPDKIKX0DER",),
            live_from=LIVE_FROM,
        ),
    ),
    nodes=(
        NodeSettings.model_validate(
            {
                "node": "own",
                "kind": NodeKind.WAREHOUSE,
                "name": "Own",
                "pool": "own",
                "url": "http://127.0.0.1:1",
                "shopify_location": "1",
            }
        ),
        NodeSettings.model_validate(
            {
                "node": "hasty",
                "kind": NodeKind.THIRD_PARTY,
                "name": "Hasty",
                "pool": "own",
                "url": "http://127.0.0.1:1",
                "gives_up_after": "PT1H",
            }
        ),
        NodeSettings.model_validate(
            {
                "node": "harbor",
                "kind": NodeKind.THIRD_PARTY,
                "name": "Harbor",
                "pool": "own",
                "url": "http://127.0.0.1:1",
                "daily_capacity": 1,
            }
        ),
        NodeSettings.model_validate(
            {
                "node": "annex",
                "kind": NodeKind.WAREHOUSE,
                "name": "Annex",
                "pool": "own",
                "url": "http://127.0.0.1:1",
                "shopify_location": "2",
            }
        ),
        NodeSettings(node="fba", kind=NodeKind.FBA, name="FBA", pool="fba"),
    ),
    actions={
        "fraud_check": ActionSettings(body='{"order": order.key}'),
        "fraud_score": ActionSettings(
            body='{"order": order.key}', answers={"risk": "double", "advice": ("sign", "go")}
        ),
        "notify_chat": ActionSettings(body='{"text": decision.sentence}', give_up_after=timedelta(minutes=2)),
        "print_card": ActionSettings(body='{"for": personal.name, "at": personal.address_lines[0]}', personal=True),
        SOLD: ActionSettings(),
    },
    rules=(
        Rule(name="Amazon's own", when="order.fulfilled_by_amazon", send_to=("fba",)),
        Rule(
            name="Some can wait",
            when='"backorder" in order.tags',
            send_to=("own", "harbor"),
            otherwise=Backorder(backorder_until="ship_by"),
        ),
        Rule(
            name="Some are all or nothing",
            when='"or_nothing" in order.tags',
            send_to=("own", "harbor"),
            otherwise=Otherwise.CANCEL,
        ),
        Rule(
            name="Some are checked",
            when='"check" in order.tags',
            send_to=("own", "harbor"),
            then=(
                RuleAction(
                    action="fraud_check",
                    when=ActionTime.BEFORE,
                    hold_if="answer.risk > 0.8",
                    cancel_if="answer.risk > 0.95",
                    on_failure=OnFailure.HOLD,
                ),
                RuleAction(action="notify_chat", when=ActionTime.AFTER),
            ),
        ),
        Rule(
            name="Some are doubtful",
            when='"scored" in order.tags && answers.fraud_score.risk > 0.8',
            send_to=("own",),
            then=(RuleAction(action="fraud_score", when=ActionTime.BEFORE, hold_if="answer.risk > 0.8"),),
        ),
        Rule(
            name="Some are signed for",
            when='"scored" in order.tags && answers.fraud_score.advice == "sign"',
            send_to=("harbor",),
        ),
        Rule(
            name="Some are told of",
            when='"chat" in order.tags',
            send_to=("own", "harbor"),
            then=(RuleAction(action="notify_chat", when=ActionTime.BEFORE),),
        ),
        Rule(name="Some cannot wait long", when='"hasty" in order.tags', send_to=("hasty", "harbor")),
        Rule(
            name="Some get a card",
            when='"card" in order.tags',
            send_to=("own", "harbor"),
            then=(RuleAction(action="print_card", when=ActionTime.BEFORE),),
        ),
        Rule(
            name="Some ask what is gone",
            when='"gone" in order.tags',
            send_to=("own", "harbor"),
            then=(RuleAction(action=SOLD, when=ActionTime.BEFORE, on_failure=OnFailure.HOLD),),
        ),
        Rule(
            name="Some ship from one place",
            when='"harbor_only" in order.tags',
            send_to=("harbor",),
            otherwise=Backorder(backorder_until="ship_by"),
        ),
        Rule(name="Everything", when="true", send_to=("own", "harbor")),
    ),
)
NODES = tuple(node.node for node in CONFIG.nodes if node.takes_dispatches)
"""Those that are asked to ship."""

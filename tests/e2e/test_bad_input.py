"""What does not belong here gets one clear line, and nothing crashes."""

import base64
import hashlib
import hmac
import subprocess
import sys
from pathlib import Path

import httpx

from orderloom.domain.orders import OrderStatus
from tests.e2e.kitchen import SHOP, Kitchen

SHIPPED = Path(__file__).parents[2] / "config" / "orderloom.yaml"


def post(kitchen: Kitchen, body: bytes, *, secret: str | None = None, topic: str = "orders/create") -> httpx.Response:
    account = next(a for a in kitchen.stack.endpoints.accounts if a.account == SHOP)
    signature = hmac.new((secret or account.webhook_secret or "").encode(), body, hashlib.sha256).digest()
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": base64.b64encode(signature).decode(),
        "X-Shopify-Shop-Domain": "copper-oak-kitchen.myshopify.com",
        "X-Shopify-Webhook-Id": hashlib.sha256(body).hexdigest(),
    }
    url = f"{kitchen.stack.endpoints.starter_url}/webhooks/shopify/{SHOP}"
    return httpx.post(url, content=body, headers=headers, timeout=30)


def test_a_wrong_signature_is_refused_and_stores_nothing(kitchen: Kitchen) -> None:
    before = len(kitchen.store.stories.unreadable())
    answer = post(kitchen, b'{"id": 1}', secret="wrong")
    assert answer.status_code == 401
    assert len(kitchen.store.stories.unreadable()) == before


def test_a_huge_body_is_refused(kitchen: Kitchen) -> None:
    assert post(kitchen, b" " * (10 * 1024 * 1024 + 1)).status_code == 413


def test_a_genuine_body_that_is_no_json_is_kept_and_shown(kitchen: Kitchen) -> None:
    before = {record.event_id for record in kitchen.store.stories.unreadable()}
    assert post(kitchen, b"<order/>").status_code == 200
    (kept,) = (record for record in kitchen.store.stories.unreadable() if record.event_id not in before)
    assert kept.detail
    assert kept.topic == "orders/create"


def test_an_unknown_account_is_not_found(kitchen: Kitchen) -> None:
    url = f"{kitchen.stack.endpoints.starter_url}/webhooks/shopify/nobody"
    assert httpx.post(url, content=b"{}", timeout=30).status_code == 404


def test_a_misspelt_field_and_a_wrong_rule_are_one_line_each_with_exit_status_1(tmp_path: Path) -> None:
    for before, after, field in (
        ("seller_id:", "seler_id:", "accounts[1].seler_id"),
        ("order.weight_lb > 5.0", "order.weight_lb > 5", "rules[1].when"),
    ):
        wrong = tmp_path / "orderloom.yaml"
        wrong.write_text(SHIPPED.read_text().replace(before, after, 1))
        command = [sys.executable, "-m", "starter.cli.app", "rules", "check", str(wrong)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert field in done.stderr
        assert "Traceback" not in done.stderr


def test_the_stack_still_takes_orders_afterwards(kitchen: Kitchen) -> None:
    kitchen.wait_for(kitchen.sell_on_shopify("PAN"), OrderStatus.COMPLETED)

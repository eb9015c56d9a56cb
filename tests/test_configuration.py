from pathlib import Path
from typing import Any

import pytest

from orderloom.configuration import load_config
from orderloom.domain.errors import ConfigInvalid
from orderloom.domain.merchant import AmazonAccount, MerchantConfig
from orderloom.wrong_values import instead

SHIPPED = Path(__file__).parents[1] / "config" / "orderloom.yaml"


def refusal(tmp_path: Path, before: str, after: str) -> str:
    """The one line that says what is wrong with the shipped file after one change."""
    text = SHIPPED.read_text()
    assert before in text
    changed = tmp_path / "orderloom.yaml"
    changed.write_text(text.replace(before, after, 1))
    with pytest.raises(ConfigInvalid) as refused:
        load_config(changed)
    message = str(refused.value)
    assert "\n" not in message
    return message.removeprefix(f"{changed}:")


def line_of(text: str) -> int:
    return next(n for n, line in enumerate(SHIPPED.read_text().splitlines(), 1) if text in line)


def test_the_shipped_file_is_good() -> None:
    config = load_config(SHIPPED)
    assert [account.channel for account in config.accounts] == ["shopify", "amazon"]
    assert config.rules[0].send_to == ("fba",)


def test_a_misspelt_field_is_named_with_its_line(tmp_path: Path) -> None:
    message = refusal(tmp_path, "seller_id:", "seler_id:")
    assert message.startswith(f"{line_of('seller_id')}: accounts[1].seler_id: is no field here")


def test_a_rule_with_a_type_error_is_named_with_line_and_column(tmp_path: Path) -> None:
    message = refusal(tmp_path, "order.weight_lb > 5.0", "order.weight_lb > 5")
    assert message.startswith(f"{line_of('weight_lb > 5.0')}: rules[1].when: column 47 of ")


@pytest.mark.parametrize(
    ("before", "after", "field", "words"),
    [
        ("[harbor_3pl]", "[harbour]", "rules[1].send_to[0]", "there is no node 'harbour'"),
        ("region: na", "region: us", "accounts[1].region", "'na', 'eu' or 'fe'"),
        ("time_zone: America/New_York", "time_zone: NY", "nodes[0].time_zone", "IANA time zone"),
        ("    kind: warehouse\n", "", "nodes[0].kind", "is missing"),
        ("account: kitchen_us", "account: Kitchen US", "accounts[1].account", "must be small letters"),
        ("node: harbor_3pl", "node: own_warehouse", "nodes[1].node", "used twice"),
        ('when: "true"', "when: true", "rules[3].when", "put it in quotes"),
        ('when: "true"', "when: order.channel", "rules[3].when", "must be true or false"),
        ("channel: shopify", "channel: ebay", "accounts[0]", "does not match"),
        ("merchant: Copper", "merchant: [Copper", "yaml", "expected"),
        ("pool: fba", "pool: Amazon", "nodes[2].pool", "must be small letters"),
        ("account: kitchen_us", "account: kitchen", "accounts[1].account", "used twice"),
        (
            "pool: fba\n",
            "pool: fba\n    multi_channel: {account: kitchen}\n",
            "nodes[2].multi_channel.account",
            "Amazon accounts are kitchen_us",
        ),
        (
            "kind: 3pl\n",
            "kind: 3pl\n    api: {preset: shipbob, found: answer.(}\n",
            "nodes[1].api.found",
            "is no CEL: line 1, column",
        ),
        ("kind: 3pl\n", "kind: 3pl\n    api: {auth: basic}\n", "nodes[1].api", "lacks dispatch and find and found"),
        (
            "kind: warehouse\n",
            "kind: warehouse\n    multi_channel: {account: kitchen_us}\n",
            "nodes[0]",
            "only a node of kind fba",
        ),
        ("pool: fba\n", "pool: fba\n    parcels_every: PT1H\n", "nodes[2]", "no packages of ours to ask about"),
        (
            "account: kitchen\n",
            'account: kitchen\n    imported_orders: {order_id_pattern: "("}\n',
            "accounts[0].imported_orders.order_id_pattern",
            "is no regular expression",
        ),
        (
            "account: kitchen\n",
            "account: kitchen\n    pools: {PAN: attic}\n",
            "accounts[0].pools.PAN",
            "no node is in pool 'attic'; pools are fba, own",
        ),
        (
            "nodes:\n",
            "listings:\n  default: {shares: {ebay: 1}}\nnodes:\n",
            "listings.default.shares.ebay",
            "write one of amazon, amazon:kitchen_us, shopify, shopify:kitchen",
        ),
        (
            "nodes:\n",
            "listings:\n  skus: {PAN: {percent: 1.5}}\nnodes:\n",
            "listings.skus.PAN.percent",
            "less than 1",
        ),
        (
            "nodes:\n",
            "listings:\n  default: {last_unit: 1}\nnodes:\n",
            "listings.default.last_unit",
            "did you mean `last_units`?",
        ),
        ("region: na", "region: na\n    effect_bound: PT0S", "accounts[1].effect_bound", "longer than nothing"),
    ],
)
def test_a_wrong_file_is_refused_whole_with_field_and_reason(
    tmp_path: Path, before: str, after: str, field: str, words: str
) -> None:
    message = refusal(tmp_path, before, after)
    assert f" {field}: " in message
    assert words in message


CARRIERS = "rules:\n"


@pytest.mark.parametrize(
    ("written", "field", "words"),
    [
        ("  Harbor: {tracking_url: https://harbor.example}", "carriers.Harbor.tracking_url", "{number} once"),
        ("  Harbor: {tracking_url: 'harbor/{number}'}", "carriers.Harbor.tracking_url", "http(s) address"),
        ("  Harbor: {code: HRB}", "carriers.Harbor.code", "is no field here"),
        ("  Harbor: {spellings: ['--']}", "carriers.Harbor.spellings[0]", "a letter or a digit"),
        ("  Harbor: {spellings: [HC]}\n  Hill Couriers: {spellings: [h.c.]}", "carriers.Hill Couriers", "'Harbor'"),
    ],
)
def test_a_wrong_carrier_is_refused_with_line_and_field(tmp_path: Path, written: str, field: str, words: str) -> None:
    message = refusal(tmp_path, CARRIERS, f"carriers:\n{written}\n{CARRIERS}")
    line, _, rest = message.partition(": ")
    assert int(line) == line_of("rules:") + 1 + written.count("\n")
    assert rest.startswith(field)
    assert words in rest


def test_an_account_needs_a_pool_that_has_a_node(tmp_path: Path) -> None:
    message = refusal(tmp_path, "account: kitchen\n", "account: kitchen\n    pool: attic\n")
    assert "accounts[0].pool: no node is in pool 'attic'; pools are fba, own" in message


def test_a_seller_publishes_in_all_its_marketplaces_by_one_account(tmp_path: Path) -> None:
    changed = tmp_path / "orderloom.yaml"
    changed.write_text(SHIPPED.read_text().replace("[ATVPDKIKX0DER]", "[ATVPDKIKX0DER, A2EUQ1WTGCTBG2]", 1))
    (seller,) = (account for account in load_config(changed).accounts if isinstance(account, AmazonAccount))
    assert (len(seller.marketplaces), seller.publish) == (2, True)


def test_a_marketplace_that_is_written_twice_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, "[ATVPDKIKX0DER]", "[ATVPDKIKX0DER, ATVPDKIKX0DER]")
    assert "marketplaces[1]: ATVPDKIKX0DER is there already; remove this one" in message


CANADA = "channel: amazon, account: kitchen_ca, seller_id: A3ORDERLOOMDEMO, marketplaces: [A2EUQ1WTGCTBG2]"


def test_a_second_account_of_a_seller_that_would_write_the_same_quantities_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, "accounts:\n", f"accounts:\n  - {{{CANADA}}}\n")
    assert "accounts[2].seller_id: is published by kitchen_ca already" in message
    assert "add these marketplaces to kitchen_ca, or write `publish: false` here" in message


@pytest.mark.parametrize("apart", ["publish: false", "region: eu"])
def test_a_second_account_of_a_seller_publishes_nothing_or_is_of_another_region(tmp_path: Path, apart: str) -> None:
    changed = tmp_path / "orderloom.yaml"
    changed.write_text(SHIPPED.read_text().replace("accounts:\n", f"accounts:\n  - {{{CANADA}, {apart}}}\n", 1))
    assert [account.account for account in load_config(changed).accounts] == ["kitchen_ca", "kitchen", "kitchen_us"]


def with_an_outlet(tmp_path: Path, location: str, more: str = "") -> Path:
    """The shipped file with a second shop that sells from the same warehouse."""
    second = f"accounts:\n  - {{channel: shopify, account: outlet, shop: outlet.myshopify.com{more}}}\n"
    url = "    url: http://127.0.0.1:8090/nodes/own_warehouse\n"
    text = SHIPPED.read_text().replace(url, f"{url}    shopify_location: {location}\n", 1)
    changed = tmp_path / "orderloom.yaml"
    changed.write_text(text.replace("accounts:\n", second, 1))
    return changed


def test_two_shops_that_sell_from_one_node_have_a_location_each(tmp_path: Path) -> None:
    both = '{outlet: "gid://shopify/Location/77", kitchen: "78"}'
    config = load_config(with_an_outlet(tmp_path, both))
    (node, *_) = config.nodes
    assert [node.location_in(shop) for shop in ("outlet", "kitchen", "other")] == ["77", "78", None]
    assert config.node_at("kitchen", "78") == config.node_at("outlet", "77") == "own_warehouse"
    assert config.node_at("kitchen", "77") is None, "the outlet's location is no place of the kitchen shop"


def test_one_location_is_enough_where_a_single_shop_writes(tmp_path: Path) -> None:
    assert len(load_config(with_an_outlet(tmp_path, '"77"', ", publish: false")).accounts) == 3


@pytest.mark.parametrize(
    ("location", "field", "words"),
    [
        ('"77"', "", 'outlet and kitchen sell from own_warehouse; write one for each: {outlet: "<its location th'),
        ('{outlets: "77"}', ".outlets", "is no account here; shops are kitchen, outlet"),
        ('{kitchen_us: "77"}', ".kitchen_us", "is an Amazon account, which has no Shopify location; shops are "),
        (
            '{outlet: "77", kitchen: "gid://shopify/Location/77"}',
            ".kitchen",
            "location 77 is given for outlet too, and a location belongs to one shop; write the one that stands for ",
        ),
        ("{outlet: 77}", ".outlet", "must be text; put it in quotes (got 77)"),
        ("77", "", "must be text; put it in quotes (got 77)"),
        ('{outlet: "the cellar"}', ".outlet", "must be the number of a location"),
    ],
)
def test_a_location_that_is_no_shops_own_is_refused_with_what_to_write(
    tmp_path: Path, location: str, field: str, words: str
) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        load_config(with_an_outlet(tmp_path, location))
    assert f"nodes[0].shopify_location{field}: " in str(refused.value)
    assert words in str(refused.value)


@pytest.mark.parametrize("text", ["", "- a\n", "just text"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ConfigInvalid, match="must be a mapping"):
        load_config(path)


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        load_config(tmp_path / "none.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigInvalid, match="UTF-8"):
        load_config(tmp_path / "b.yaml")


def _patterns(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["pattern"]} if isinstance(part.get("pattern"), str) else set()
        return own.union(*map(_patterns, part.values()))
    return set().union(*map(_patterns, part)) if isinstance(part, list) else set()


def test_what_a_pattern_asks_for_is_said_in_words() -> None:
    for pattern in _patterns(MerchantConfig.model_json_schema()):
        assert instead({"type": "string_pattern_mismatch", "ctx": {"pattern": pattern}}), pattern

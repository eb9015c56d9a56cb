"""Reads config/orderloom.yaml: refused whole when anything in it is wrong, naming line and field."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from orderloom.domain.carriers import doubled_spellings
from orderloom.domain.errors import ConfigInvalid, RuleInvalid
from orderloom.domain.keys import Channel
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.merchant import AmazonAccount, MerchantConfig, ShopifyAccount
from orderloom.domain.routing import Router
from orderloom.domain.rule_review import Finding, contradictions, doubts
from orderloom.domain.rule_versions import RuleBook
from orderloom.wrong_values import instead
from orderloom.yaml_places import Place, field_name, position_in_file, without_union_tags


def load_config(path: Path) -> MerchantConfig:
    """Read and check the whole file. Raises ConfigInvalid for the first thing that is wrong in it."""
    document = _parse(path)
    return _checked(path, document, _plain(document))


NOT_OF_RULES = "belongs into the configuration file, which processes read when they start; write only rules here"


def load_rules(path: Path, running: MerchantConfig) -> MerchantConfig:
    """The running configuration under the rules of a file: a whole configuration, whose accounts and nodes are checked
    and left aside, or a file of rules alone, which takes `exchange` and `places` from the running one where it has
    none. Raises ConfigInvalid for the first thing that is wrong in it, or does not fit the running accounts and nodes.
    """
    document = _parse(path)
    if _is_whole(document):
        config = RuleBook.of(_checked(path, document, _plain(document))).put_into(running)
        for finding in contradictions(config):
            raise _refused(path, document, finding)
        load_router(config, path, document)
        return config
    for name in document:
        if name in MerchantConfig.model_fields and name not in RuleBook.model_fields:
            raise _refused(path, document, Finding((name,), NOT_OF_RULES))
    own = running.model_dump(mode="json", exclude={"rules", "sets", "node_groups"})
    return _checked(path, document, {**own, **_plain(document)})


def is_whole(path: Path) -> bool:
    """Whether a file is a whole configuration and not one of rules alone."""
    return _is_whole(_parse(path))


def _is_whole(document: Any) -> bool:
    return "accounts" in document or "nodes" in document or "merchant" in document


def _checked(path: Path, document: Any, said: Any) -> MerchantConfig:
    try:
        config = MerchantConfig.model_validate(said)
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False)
        # A misspelt field shows up twice, as unknown and as missing; the unknown one is what the author typed.
        first = next((error for error in errors if error["type"] == "extra_forbidden"), errors[0])
        place = without_union_tags(document, first["loc"])
        raise _refused(path, document, Finding(place, _in_words(first))) from None
    for place, why in _contradictions(config):
        raise _refused(path, document, Finding(place, why))
    for finding in contradictions(config):
        raise _refused(path, document, finding)
    load_router(config, path, document)
    return config


def doubts_about(config: MerchantConfig, path: Path) -> list[ConfigInvalid]:
    """What a good file says that cannot be meant, as the error it would be; nothing is raised."""
    found = list(doubts(config))
    document = _parse(path) if found else None
    return [_refused(path, document, finding) for finding in found]


def load_router(config: MerchantConfig, path: Path, document: Any = None) -> Router:
    """Compile the rules. Raises ConfigInvalid, with the line of the rule and the column within its condition."""
    try:
        return Router.of(config)
    except RuleInvalid as wrong:
        position = next(i for i, rule in enumerate(config.rules) if rule.name == wrong.rule)
        finding = Finding(("rules", position, "when"), wrong.why, wrong.column, wrong.condition)
        raise _refused(path, document or _parse(path), finding) from None


def _parse(path: Path) -> Any:
    try:
        reader = YAML(typ="rt")
        reader.preserve_quotes = True  # so that a column within quoted text can be told
        document = reader.load(path.read_text(encoding="utf-8"))
    except OSError as missing:
        raise ConfigInvalid(str(path), None, "file", f"cannot be read: {missing.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigInvalid(str(path), None, "file", "is not UTF-8 text") from None
    except MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else None
        problem = " ".join((wrong.problem or "cannot be read").split())
        raise ConfigInvalid(str(path), line, "yaml", problem) from None
    if not isinstance(document, dict):
        raise ConfigInvalid(str(path), 1, "file", "must be a mapping that starts with `merchant: ...`")
    return document


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return node


def _contradictions(config: MerchantConfig) -> Iterator[tuple[Place, str]]:
    # Over both channels: secrets are found by the slug alone.
    yield from _doubled("accounts", [(account.account, "account") for account in config.accounts])
    yield from _doubled("nodes", [(node.node, "node") for node in config.nodes])
    yield from _doubled("rules", [(rule.name, "name") for rule in config.rules])
    pools = {node.pool for node in config.nodes}
    for i, account in enumerate(config.accounts):
        if account.pool not in pools:
            yield ("accounts", i, "pool"), f"no node is in pool {account.pool!r}; pools are {_listed(pools)}"
        if isinstance(account, ShopifyAccount):
            for listing, pool in account.pools.items():
                if pool not in pools:
                    why = f"no node is in pool {pool!r}; pools are {_listed(pools)}"
                    yield ("accounts", i, "pools", listing), why
    yield from _unknown_shares(config)
    yield from _listed_twice(config)
    yield from _misplaced_locations(config)
    yield from _multi_channel_contradictions(config)
    for place, why in doubled_spellings(config.carriers):
        yield ("carriers", *place), why


def _listed_twice(config: MerchantConfig) -> Iterator[tuple[Place, str]]:
    """Amazon keeps one quantity of a seller SKU for a region: two accounts that publish would overwrite each other."""
    publishing: dict[tuple[str, str], str] = {}
    for i, account in enumerate(config.accounts):
        if not isinstance(account, AmazonAccount):
            continue
        for number, marketplace in enumerate(account.marketplaces):
            if marketplace in account.marketplaces[:number]:
                yield ("accounts", i, "marketplaces", number), f"{marketplace} is there already; remove this one"
        if account.publish:
            seller = account.seller_id, account.region
            if (other := publishing.setdefault(seller, account.account)) != account.account:
                why = f"is published by {other} already, and Amazon keeps one quantity of a seller SKU for a region"
                fix = f"add these marketplaces to {other}, or write `publish: false` here"
                yield ("accounts", i, "seller_id"), f"{why}; {fix}"


def _misplaced_locations(config: MerchantConfig) -> Iterator[tuple[Place, str]]:
    """A Shopify location belongs to one shop, so a node that several shops sell from has one in each."""
    shops = {account.account for account in config.accounts if isinstance(account, ShopifyAccount)}
    sellers = {account.account for account in config.accounts if isinstance(account, AmazonAccount)}
    shop_of: dict[str, str] = {}
    for i, node in enumerate(config.nodes):
        place: Place = ("nodes", i, "shopify_location")
        if isinstance(node.shopify_location, str):
            using = _shops_that_write_at(config, node.pool)
            if len(using) > 1:
                why = f"is a location of one shop, and {' and '.join(using)} sell from {node.node}"
                example = ", ".join(f'{shop}: "<its location there>"' for shop in using)
                yield place, f"{why}; write one for each: {{{example}}}"
            continue
        for shop in node.shopify_location or {}:
            if shop not in shops:
                why = "is an Amazon account, which has no Shopify location" if shop in sellers else "is no account here"
                yield (*place, shop), f"{why}; shops are {_listed(shops) or 'none'}"
            number = str(node.location_in(shop))
            if (other := shop_of.setdefault(number, shop)) != shop:
                why = f"location {number} is given for {other} too, and a location belongs to one shop"
                yield (*place, shop), f"{why}; write the one that stands for {node.node} in {shop}"


def _shops_that_write_at(config: MerchantConfig, pool: str) -> list[str]:
    return [
        account.account
        for account in config.accounts
        if isinstance(account, ShopifyAccount) and account.publish and pool in (account.pool, *account.pools.values())
    ]


def _unknown_shares(config: MerchantConfig) -> Iterator[tuple[Place, str]]:
    known = {name for account in config.accounts for name in (account.channel, f"{account.channel}:{account.account}")}
    policies: list[tuple[Place, ListingPolicy]] = [(("listings", "default"), config.listings.default)]
    policies += [(("listings", "skus", sku), policy) for sku, policy in config.listings.skus.items()]
    for place, policy in policies:
        for name in policy.shares:
            if name not in known:
                yield (*place, "shares", name), f"is no channel and no account; write one of {_listed(known)}"


def _multi_channel_contradictions(config: MerchantConfig) -> Iterator[tuple[Place, str]]:
    sellers = {account.account for account in config.accounts if account.channel is Channel.AMAZON}
    used: set[str] = set()
    for i, node in enumerate(config.nodes):
        if node.multi_channel is None:
            continue
        account = node.multi_channel.account
        place: Place = ("nodes", i, "multi_channel", "account")
        if account not in sellers:
            known = _listed(sellers) or "none"
            yield place, f"there is no Amazon account {account!r}; Amazon accounts are {known}"
        if account in used:
            yield place, f"another node has Multi-Channel Fulfillment of {account!r} already"
        used.add(account)


def _doubled(section: str, names: Sequence[tuple[str, str]]) -> Iterator[tuple[Place, str]]:
    seen: set[str] = set()
    for i, (name, field) in enumerate(names):
        if name in seen:
            yield (section, i, field), f"{name!r} is used twice"
        seen.add(name)


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


@cache
def field_names() -> list[str]:
    """Every field that any part of the file may have."""
    schema = MerchantConfig.model_json_schema()
    parts = [schema, *schema["$defs"].values()]
    return sorted({name for part in parts for name in part.get("properties", {})})


def _in_words(error: Any) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        meant = get_close_matches(str(error["loc"][-1]), field_names(), n=1, cutoff=0.7)
        return f"is no field here; did you mean `{meant[0]}`?" if meant else "is no field here; is it misspelt?"
    if kind == "missing":
        return "is missing"
    if kind == "string_type":
        return f"must be text; put it in quotes (got {error['input']!r})"
    message = instead(error) or str(error["msg"]).removeprefix("Value error, ")
    given = error.get("input")
    return f"{message} (got {given!r})" if isinstance(given, str | int | float) else message


def _refused(path: Path, document: Any, finding: Finding) -> ConfigInvalid:
    """A wrong condition is quoted with the column that is wrong in it."""
    why, place = finding.why, finding.place
    if finding.condition is not None:
        at = f"column {finding.column} of " if finding.column else ""
        quoted = finding.condition.rstrip().replace("\n", " ")  # an error is one line
        why = f"{at}`{quoted}`: {why}"
    line, column = position_in_file(document, path.read_text(encoding="utf-8").splitlines(), place, finding.column)
    return ConfigInvalid(str(path), line, field_name(place), why, column)

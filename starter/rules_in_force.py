"""The rules that a process works with: the versions of the store over the configuration's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from activities.rulings import Rulings
from orderloom.configuration import doubts_about, load_router
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.rule_review import doubts
from orderloom.domain.rule_versions import CONFIGURED, RuleBook
from orderloom.settings import Settings
from orderloom.storage.store import Store

log = structlog.stdlib.get_logger("rules")
SHOWN_AT = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Remark:
    """What somebody who runs the rules should know. `is_bad`: orders are held because of it."""

    text: str
    is_bad: bool = False


def open_rulings(settings: Settings, config: MerchantConfig, store: Store) -> Rulings:
    """The configuration's own book is kept, so that orders decided with it stay with it after the file has changed."""
    store.rule_versions.keep(RuleBook.of(config))
    return Rulings(config, load_router(config, settings.config), store.rule_versions)


def say_what_is_odd(settings: Settings, config: MerchantConfig, store: Store) -> None:
    """At the start of a process, in its log."""
    for remark in remarks(settings, config, store):
        log.warning("the routing rules deserve a look", what=remark.text)


def remarks(settings: Settings, config: MerchantConfig, store: Store) -> Iterator[Remark]:
    """Rules that cannot be used or cannot be meant, and a file whose rules are not those in force."""
    now = datetime.now(UTC)
    version = store.rule_versions.in_force(now)
    if version is None or version.book is None:
        for doubt in doubts_about(config, settings.config):
            yield Remark(str(doubt))
        return
    ruling = Rulings(config, load_router(config, settings.config), store.rule_versions).in_force(now)
    named = f"version {version.version} of the rules"
    if ruling.router is None:
        yield Remark(f"{named} cannot be used, so that orders are held: {ruling.misfit}", is_bad=True)
        return
    if version.book != RuleBook.of(config).name:
        yield Remark(
            f"{named} is in force since {version.effective_from:{SHOWN_AT}} UTC; {settings.config} has other rules, "
            "which do nothing until `orderloom rules apply FILE`, or `orderloom rules rollback 0`"
        )
    book = RuleBook.model_validate_json(store.rule_versions.book(version.book) or "")
    for finding in doubts(book.put_into(config)):
        yield Remark(f"{named}, rule “{book.rules[int(finding.place[1])].name}”: {finding.why}")


def in_words(settings: Settings, config: MerchantConfig, store: Store) -> str:
    """Which rules are in force, and which will be."""
    now = datetime.now(UTC)
    version = store.rule_versions.in_force(now)
    if version is None or version.book is None:
        said = f"those of {settings.config}"
    else:
        said = f"version {version.version} since {version.effective_from:{SHOWN_AT}} UTC, by {version.by}"
    ahead = [v for v in store.rule_versions.all() if v.withdrawn_at is None and v.effective_from > now]
    later = [f"version {v.version} from {v.effective_from:{SHOWN_AT}} UTC" for v in ahead]
    return "; then ".join([said, *later])


def book_of(config: MerchantConfig, store: Store, version: int) -> RuleBook | None:
    """The book of a version by its number; None where there is no such version."""
    if version == CONFIGURED:
        return RuleBook.of(config)
    found = next((each for each in store.rule_versions.all() if each.version == version), None)
    if found is None:
        return None
    document = store.rule_versions.book(found.book) if found.book else None
    return RuleBook.model_validate_json(document) if document else RuleBook.of(config)

"""By which rules an order is decided: those it was decided with before, else those in force at that moment."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from orderloom.domain.decisions import Decision
from orderloom.domain.errors import RuleInvalid
from orderloom.domain.keys import OrderKey
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.orders import Hold, HoldReason
from orderloom.domain.routing import Router
from orderloom.domain.rule_review import contradictions
from orderloom.domain.rule_versions import CONFIGURED, RuleBook, RuleVersions

MOST_BOOKS = 32
"""Compiled and kept by a process; beyond, the oldest is compiled again when it is asked for."""


@dataclass(frozen=True)
class Ruling:
    """One version of the rules, compiled for the nodes of today."""

    version: int
    book: str
    router: Router | None
    """None where the rules cannot be used; `misfit` says why."""
    misfit: str = ""


@dataclass(frozen=True)
class _Compiled:
    router: Router | None
    misfit: str = ""


class NothingApplied:
    """The configuration's own rules, always."""

    def in_force(self, at: datetime) -> None:
        return None

    def kept_by(self, key: OrderKey) -> None:
        return None

    def book(self, name: str) -> None:
        return None


class Rulings:
    """Safe to share between threads: two may compile the same book at once, and both results are the same."""

    def __init__(self, config: MerchantConfig, configured: Router, versions: RuleVersions | None = None) -> None:
        self._config = config
        self._configured = configured
        self._versions: RuleVersions = versions or NothingApplied()
        self._own_book = RuleBook.of(config).name
        self._compiled: dict[str, _Compiled] = {}

    def ruling(self, key: OrderKey, at: datetime, *, in_force: bool = False) -> Ruling:
        """The rules for this order; with `in_force` whatever it was decided with before."""
        kept = None if in_force else self._versions.kept_by(key)
        return self._ruling(*kept) if kept else self.in_force(at)

    def in_force(self, at: datetime) -> Ruling:
        version = self._versions.in_force(at)
        if version is None:
            return Ruling(CONFIGURED, self._own_book, self._configured)
        return self._ruling(version.version, version.book or self._own_book)

    def of(self, version: int, book: str | None) -> Ruling:
        """Any version, by the name of its book; None is the configuration's own."""
        return self._ruling(version, book or self._own_book)

    def _ruling(self, version: int, book: str) -> Ruling:
        if book == self._own_book:
            return Ruling(version, book, self._configured)
        found = self._compiled.get(book)
        if found is None:
            found = _compile(self._versions.book(book), self._config)
            while len(self._compiled) >= MOST_BOOKS:
                self._compiled.pop(next(iter(self._compiled)), None)
            self._compiled[book] = found
        return Ruling(version, book, found.router, found.misfit)


def no_usable_rules(key: OrderKey, ruling: Ruling, now: datetime) -> Decision:
    """The order waits for a person; a retry asks the rules in force by then."""
    return Decision(
        key=key,
        decided_at=now,
        rules_hash="",
        rule=None,
        plan=(),
        hold=Hold(
            reason=HoldReason.NO_ROUTE,
            detail=f"version {ruling.version} of the rules cannot be used: {ruling.misfit}",
            fix="put rules in force that fit (`orderloom rules apply FILE` or `orderloom rules rollback`), then "
            "`orderloom orders retry KEY`",
        ),
        trace=(),
        facts={},
        sentence="Its rules do not fit the configured nodes.",
        rules_version=ruling.version,
        rules_book=ruling.book,
    )


def _compile(document: str | None, config: MerchantConfig) -> _Compiled:
    """Rules that fitted when they were applied may name a node that has gone, or a fact that a release took away."""
    if document is None:
        return _Compiled(None, "it is not stored")
    try:
        under = RuleBook.model_validate_json(document).put_into(config)
        wrong = next(contradictions(under), None)
        if wrong:
            return _Compiled(None, f"{_where(wrong.place, under)}: {wrong.why}")
        return _Compiled(Router.of(under))
    except ValidationError as old:
        first = old.errors(include_url=False, include_input=False)[0]
        return _Compiled(None, f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    except RuleInvalid as old:
        return _Compiled(None, f"rule “{old.rule}”: {old.why}")


def _where(place: tuple[str | int, ...], config: MerchantConfig) -> str:
    section, *rest = place
    if section == "rules" and rest and isinstance(rest[0], int):
        return f"rule “{config.rules[rest[0]].name}”"
    return ".".join(map(str, place))

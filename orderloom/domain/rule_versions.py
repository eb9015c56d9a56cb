"""Which rules are in force when: versions of a rule book, each from a moment on.

A book is what a merchant writes about routing; accounts and nodes are not part of it, since they cannot change while
processes run. Version 0 is the book of the configuration file. How versions follow each other: decision 0009.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Protocol

from pydantic import Field

from orderloom.domain.exchange import Exchange
from orderloom.domain.keys import OrderKey, Slug
from orderloom.domain.merchant import MerchantConfig, SetName
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.node_profile import Place
from orderloom.domain.rulebook import Rule

CONFIGURED = 0
"""The version that stands for the configuration file's own rules."""


class RuleBook(Frozen):
    """Everything in a configuration that routing reads besides accounts and nodes."""

    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]
    sets: dict[SetName, tuple[str, ...]] = Field(default_factory=dict)
    node_groups: dict[Slug, Annotated[tuple[Slug, ...], Field(min_length=1)]] = Field(default_factory=dict)
    exchange: Exchange = Exchange()
    places: tuple[Place, ...] = ()

    @classmethod
    def of(cls, config: MerchantConfig) -> "RuleBook":
        return cls(**{name: getattr(config, name) for name in cls.model_fields})

    def put_into(self, config: MerchantConfig) -> MerchantConfig:
        """The same accounts and nodes under these rules."""
        return config.model_copy(update={name: getattr(self, name) for name in type(self).model_fields})

    @property
    def document(self) -> str:
        """As JSON, without defaults, so that a field added later changes no book."""
        said: dict[str, Any] = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(said, sort_keys=True)

    @property
    def name(self) -> str:
        """A hash of the content: the same rules have the same name wherever they came from."""
        return hashlib.sha256(self.document.encode()).hexdigest()[:16]


class RuleVersion(Frozen):
    """A book in force from a moment on, until the next version takes effect."""

    version: int
    book: str | None
    """Its name; None is the configuration file's own book, whatever it says by then."""
    effective_from: Utc
    applied_at: Utc
    by: str
    why: str
    restores: int | None = None
    """The version that a rollback put in force again."""
    withdrawn_at: Utc | None = None


class RuleVersions(Protocol):
    """Where versions are kept, as routing reads them."""

    def in_force(self, at: datetime) -> RuleVersion | None:
        """The version that took effect last; None where the configuration's own rules are in force."""

    def kept_by(self, key: OrderKey) -> tuple[int, str] | None:
        """Version and book that the order was decided with; None where it takes what is in force."""

    def book(self, name: str) -> str | None:
        """The book as JSON; None where no such book was ever kept."""


def by_effect(versions: Iterable[RuleVersion]) -> list[RuleVersion]:
    """Those that count, in the order in which they take effect."""
    counting = (version for version in versions if version.withdrawn_at is None)
    return sorted(counting, key=lambda version: (version.effective_from, version.version))


def version_before(versions: Iterable[RuleVersion], version: RuleVersion) -> int:
    """What was in force before this version, or before the one that it restored: a second rollback goes further back.

    A version that was itself a rollback stands for what it restored.
    """
    known = by_effect(versions)
    place = {each.version: i for i, each in enumerate(known)}
    start = place.get(version.version if version.restores is None else version.restores)
    if not start:
        return CONFIGURED
    earlier = known[start - 1]
    return earlier.version if earlier.restores is None else earlier.restores

"""The SKU master, the map from listings to components, and their import."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, insert, select, update

from orderloom.domain.errors import InputInvalid
from orderloom.domain.keys import Channel
from orderloom.domain.money import Money
from orderloom.domain.orders import Component
from orderloom.domain.stock import Listing, SkuMaster
from orderloom.storage.database import Database, in_batches, insert_or
from orderloom.storage.tables import listing_components, listing_offers, listings, skus
from orderloom.storage.waiting import lock_for_mapping, wake_waiting

_PLACE = ("channel", "account", "listing")


class SqlCatalog:
    """Implements the port Catalog, and what the command line imports and lists."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def components(self, channel: Channel, account: str, names: Sequence[str]) -> dict[str, tuple[Component, ...]]:
        return self._database.read(lambda connection: components_of(connection, channel, account, names))

    def masters(self, wanted: Sequence[str]) -> dict[str, SkuMaster]:
        def work(connection: Connection) -> dict[str, SkuMaster]:
            found: dict[str, SkuMaster] = {}
            for batch in in_batches(wanted):
                rows = connection.execute(select(skus).where(skus.c.sku.in_(batch)))
                found |= {row.sku: _as_master(row) for row in rows}
            return found

        return self._database.read(work)

    def names_of(self, channel: Channel, account: str, wanted: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """By SKU the listings of this account that are exactly one unit of it, sorted.

        A SKU that no listing there consists of goes by its own name, unless that name is mapped to something else.
        """
        return self._database.read(lambda connection: _names_of(connection, channel, account, wanted))

    def import_skus(self, masters: Sequence[SkuMaster], by: str = "import") -> int:
        """Add or replace SKUs, all or none; orders that wait for a listing of such a name look again.

        Returns how many there were. Each SKU keeps who changed it last, and when.
        """

        def work(connection: Connection) -> int:
            now = self._clock()
            lock_for_mapping(connection)
            _upsert_skus(
                connection, [_master_row(master) | {"changed_at": now, "changed_by": by} for master in masters]
            )
            wake_waiting(connection, None, None, [master.sku for master in masters], now)
            _read_again(connection, listing_offers.c.sku.in_([master.sku for master in masters]))
            return len(masters)

        return self._database.write(work)

    def import_listings(self, imported: Sequence[Listing]) -> int:
        """Add or replace mappings, all or none; orders that wait for them look again. Returns how many there were.

        Raises InputInvalid naming a listing without components, or a component that is no SKU here.
        """

        def work(connection: Connection) -> int:
            lock_for_mapping(connection)
            _require_known_parts(connection, imported)
            _replace_listings(connection, imported)
            places: dict[tuple[str, str], list[str]] = {}
            for listing in imported:
                places.setdefault((listing.channel, listing.account), []).append(listing.listing)
            for (channel, account), names in sorted(places.items()):
                columns = listing_offers.c
                mine = (columns.channel == channel) & (columns.account == account)
                # Orders for one of several with a SKU wait for that SKU, and a mapping of either name changes it.
                skus_of = select(columns.sku).where(mine, columns.own_name.in_(names))
                also = set(connection.execute(skus_of).scalars()) - set(names)
                wake_waiting(connection, channel, account, [*names, *sorted(also)], self._clock())
                _read_again(connection, mine & (columns.own_name.in_(names) | columns.sku.in_(names)))
            return len(imported)

        return self._database.write(work)

    def list_skus(self, limit: int = 100, after: str = "", search: str = "") -> list[SkuMaster]:
        """SKUs in order of their names, from behind `after`; `search` is found in SKU or title."""
        statement = select(skus).where(skus.c.sku > after).order_by(skus.c.sku).limit(limit)
        if search:
            statement = statement.where(
                skus.c.sku.icontains(search, autoescape=True) | skus.c.title.icontains(search, autoescape=True)
            )
        rows = self._database.read(lambda connection: connection.execute(statement).all())
        return [_as_master(row) for row in rows]


def _read_again(connection: Connection, of: ColumnElement[bool]) -> None:
    """What a listing sells has changed: its next reading settles which pool it sells from."""
    connection.execute(update(listing_offers).where(of, listing_offers.c.is_gone.is_(False)).values(look_at=0.0))


def unknown_skus(connection: Connection, wanted: Sequence[str]) -> list[str]:
    """Those of `wanted` that the SKU master does not have, sorted."""
    known: set[str] = set()
    for batch in in_batches(wanted):
        known |= set(connection.execute(select(skus.c.sku).where(skus.c.sku.in_(batch))).scalars())
    return sorted(set(wanted) - known)


def components_of(
    connection: Connection, channel: Channel, account: str, names: Sequence[str]
) -> dict[str, tuple[Component, ...]]:
    """Mapped listings only; one that is itself a canonical SKU is one unit of it.

    One that shares its SKU and goes by its own name sells what the SKU is mapped to, unless its own name is mapped.
    """
    found = _by_name(connection, channel, account, names)
    shared = _shared_skus(connection, channel, account, [name for name in names if name not in found])
    if shared:
        by_sku = _by_name(connection, channel, account, sorted(set(shared.values())))
        found |= {name: by_sku[sku] for name, sku in shared.items() if sku in by_sku}
    return found


def _shared_skus(connection: Connection, channel: Channel, account: str, names: Sequence[str]) -> dict[str, str]:
    """By name the SKU of listings that are called something else."""
    if not names:
        return {}
    columns = listing_offers.c
    mine = (columns.channel == channel) & (columns.account == account) & columns.listing.in_(names)
    rows = connection.execute(select(columns.listing, columns.sku).where(mine, columns.sku != columns.listing))
    return {row.listing: row.sku for row in rows}


def _by_name(
    connection: Connection, channel: Channel, account: str, names: Sequence[str]
) -> dict[str, tuple[Component, ...]]:
    parts = listing_components.c
    statement = (
        select(parts.listing, parts.sku, parts.units)
        .where(parts.channel == channel, parts.account == account, parts.listing.in_(names))
        .order_by(parts.listing, parts.position)
    )
    found: dict[str, tuple[Component, ...]] = {}
    for row in connection.execute(statement):
        found[row.listing] = (*found.get(row.listing, ()), Component(sku=row.sku, units=row.units))
    unmapped = [name for name in names if name not in found]
    if unmapped:
        own = connection.execute(select(skus.c.sku).where(skus.c.sku.in_(unmapped))).scalars()
        found |= {sku: (Component(sku=sku),) for sku in own}
    return found


def _names_of(
    connection: Connection, channel: Channel, account: str, wanted: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    parts = listing_components.c
    here = (parts.channel == channel) & (parts.account == account)
    holding = select(parts.listing).where(here, parts.sku.in_(wanted))
    statement = select(parts.listing, parts.sku, parts.units).where(here, parts.listing.in_(holding))
    content: dict[str, list[tuple[str, int]]] = {}
    for row in connection.execute(statement.order_by(parts.listing)):
        content.setdefault(row.listing, []).append((row.sku, row.units))
    own_names = components_of(connection, channel, account, wanted)
    names: dict[str, tuple[str, ...]] = {}
    for sku in wanted:
        listed = tuple(listing for listing, whole in content.items() if whole == [(sku, 1)])
        own = (sku,) if own_names.get(sku) == (Component(sku=sku),) else ()
        names[sku] = listed or own
    return names


def _require_known_parts(connection: Connection, imported: Sequence[Listing]) -> None:
    empty = next((listing for listing in imported if not listing.components), None)
    if empty:
        raise InputInvalid("listings", None, empty.listing, "has no components; name at least one SKU")
    unknown = unknown_skus(connection, sorted({part.sku for listing in imported for part in listing.components}))
    if unknown:
        holder = next(entry for entry in imported if any(part.sku == unknown[0] for part in entry.components))
        raise InputInvalid("listings", None, holder.listing, f"{unknown[0]} is no SKU here; import it first")


def _replace_listings(connection: Connection, imported: Sequence[Listing]) -> None:
    last = {(entry.channel, entry.account, entry.listing): entry for entry in imported}
    places = [dict(zip(_PLACE, place, strict=True)) for place in last]
    if not places:
        return
    connection.execute(insert_or(connection, listings).on_conflict_do_nothing(), places)
    mine = [listing_components.c[name] == bindparam(f"its_{name}") for name in _PLACE]
    connection.execute(
        delete(listing_components).where(*mine),
        [{f"its_{name}": value for name, value in place.items()} for place in places],
    )
    rows = [
        dict(zip(_PLACE, place, strict=True)) | {"position": position, "sku": part.sku, "units": part.units}
        for place, entry in last.items()
        for position, part in enumerate(entry.components)
    ]
    connection.execute(insert(listing_components), rows)


def _upsert_skus(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    statement = insert_or(connection, skus)
    replaced = {column.name: statement.excluded[column.name] for column in skus.columns if not column.primary_key}
    connection.execute(statement.on_conflict_do_update(index_elements=["sku"], set_=replaced), rows)


def _master_row(master: SkuMaster) -> dict[str, Any]:
    return {
        "sku": master.sku,
        "title": master.title,
        "weight_grams": master.weight_grams,
        "cost_minor_units": master.cost.minor_units if master.cost else None,
        "cost_currency": master.cost.currency if master.cost else None,
        "categories": json.dumps(master.categories),
        "barcode": master.barcode,
        "hazmat": master.hazmat,
    }


def _as_master(row: Row[Any]) -> SkuMaster:
    has_cost = row.cost_minor_units is not None
    return SkuMaster(
        sku=row.sku,
        title=row.title,
        weight_grams=row.weight_grams,
        cost=Money.from_minor_units(row.cost_minor_units, row.cost_currency) if has_cost else None,
        categories=tuple(json.loads(row.categories)),
        barcode=row.barcode,
        hazmat=row.hazmat,
    )

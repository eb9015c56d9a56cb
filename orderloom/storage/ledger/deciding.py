"""Storing a routing decision and placing its plan on the nodes, or nothing where a node lost the units."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from orderloom.domain.decisions import Decision
from orderloom.domain.errors import OrderClosed, StockMoved
from orderloom.domain.keys import OrderKey, dispatch_id
from orderloom.domain.records import DispatchState
from orderloom.domain.shipments import PlannedShipment
from orderloom.domain.stock import StockLevel
from orderloom.storage.ledger.allocations import (
    LOOSE,
    NodePlace,
    allocated_units,
    drop_loose_allocations,
    own_loose_units,
)
from orderloom.storage.ledger.backorders import begin_backorder, end_backorder
from orderloom.storage.ledger.rows import Held, held_and_locked, open_entry
from orderloom.storage.tables import allocations, decisions, node_stock, nodes, shipments


def decide(connection: Connection, decision: Decision, now: datetime) -> None:
    """Store the decision; its plan replaces every allocation that is still loose.

    Raises StockMoved where a node or the order's reservation no longer has the units, and OrderClosed where the
    reservation has ended. Then nothing is stored.
    """
    key = str(decision.key)
    if open_entry(connection, decision.key, now).ended_at is not None and decision.plan:
        raise OrderClosed(decision.key, "released")
    if _is_stored(connection, decision):
        return
    held, _ = held_and_locked(connection, key)
    given = drop_loose_allocations(connection, key)
    planned = _by_node(decision.plan)
    for place in sorted(set(given) | set(planned)):
        _place(connection, place, planned[place], given[place])
    latest = _latest_attempts(connection, key)
    for shipment in decision.plan:
        _insert_shipment(connection, decision.key, shipment, latest.get(shipment.number))
    _require_reserved(connection, decision, held)
    _keep_waiting(connection, decision, now)
    connection.execute(insert(decisions), _as_row(decision))


def levels(connection: Connection, skus: list[str], at_nodes: list[str], key: OrderKey) -> list[StockLevel]:
    """Stock at each of these nodes; what this order itself allocated and did not dispatch counts as free."""
    own = own_loose_units(connection, str(key))
    statement = select(node_stock).where(node_stock.c.sku.in_(skus), node_stock.c.node.in_(at_nodes))
    found = {(row.sku, row.node): row for row in connection.execute(statement)}
    return [
        StockLevel(sku=sku, node=node, on_hand=row.on_hand, allocated=row.allocated - own[(sku, node)])
        if (row := found.get((sku, node)))
        else StockLevel(sku=sku, node=node, on_hand=0, allocated=0)
        for sku in sorted(set(skus))
        for node in sorted(set(at_nodes))
    ]


def planned(connection: Connection, key: OrderKey, number: int) -> PlannedShipment | None:
    """This shipment as the latest decision that planned it has it."""
    for decision in _latest_first(connection, key):
        found = next((shipment for shipment in decision.plan if shipment.number == number), None)
        if found:
            return found
    return None


def last_plan(connection: Connection, key: OrderKey) -> Decision | None:
    """The latest decision that planned something."""
    return next((decision for decision in _latest_first(connection, key) if decision.plan), None)


def _latest_first(connection: Connection, key: OrderKey) -> Iterator[Decision]:
    columns = decisions.c
    statement = select(columns.document).where(columns.order_key == str(key)).order_by(columns.decided_at.desc())
    return map(Decision.model_validate_json, connection.execute(statement).scalars())


def _is_stored(connection: Connection, decision: Decision) -> bool:
    statement = select(decisions.c.document).where(
        decisions.c.order_key == str(decision.key), decisions.c.decided_at == decision.decided_at
    )
    return connection.execute(statement).first() is not None


def _place(connection: Connection, place: NodePlace, planned: int, given: int) -> None:
    """Exchange the units given back for the planned ones in one step, so that a re-decision never fights itself."""
    columns = node_stock.c
    statement = (
        update(node_stock)
        .where(columns.sku == place[0], columns.node == place[1])
        .values(allocated=columns.allocated - given + planned)
    )
    if planned:
        statement = statement.where(columns.on_hand - columns.allocated + given >= planned)
    if connection.execute(statement).rowcount != 1:
        raise StockMoved(*place)


def _latest_attempts(connection: Connection, order_key: str) -> dict[int, Row[Any]]:
    rows = connection.execute(
        select(shipments).where(shipments.c.order_key == order_key).order_by(shipments.c.number, shipments.c.attempt)
    )
    return {row.number: row for row in rows}


def _insert_shipment(connection: Connection, key: OrderKey, shipment: PlannedShipment, before: Row[Any] | None) -> None:
    """The next attempt at this shipment. One that a node may be acting on is not planned over: decide again."""
    if before is not None and before.state not in LOOSE:
        raise StockMoved(shipment.lines[0].sku, before.node)
    attempt = before.attempt + 1 if before else 1
    name = dispatch_id(key, shipment.number, attempt)
    row = {
        "dispatch_id": name,
        "order_key": str(key),
        "number": shipment.number,
        "attempt": attempt,
        "node": shipment.node,
        "state": DispatchState.PLANNED,
        "reason": "",
    }
    connection.execute(insert(shipments), row)
    units: Counter[tuple[str, str]] = Counter()
    for line in shipment.lines:
        units[(line.line_id, line.sku)] += line.quantity
    rows = [
        {
            "dispatch_id": name,
            "line_id": line_id,
            "sku": sku,
            "order_key": str(key),
            "node": shipment.node,
            "quantity": quantity,
            "shipped": 0,
            "released": 0,
        }
        for (line_id, sku), quantity in units.items()
    ]
    connection.execute(insert(allocations), rows)


def _require_reserved(connection: Connection, decision: Decision, held: list[Held]) -> None:
    """A node's units may only be placed for units that the order has reserved in that node's pool."""
    pools = {row.node: row.pool for row in connection.execute(select(nodes.c.node, nodes.c.pool))}
    mine = {(row.line_id, row.sku): row for row in held}
    allocated = allocated_units(connection, str(decision.key), loose=True) + allocated_units(
        connection, str(decision.key), loose=False
    )
    for shipment in decision.plan:
        for line in shipment.lines:
            row = mine.get((line.line_id, line.sku))
            is_covered = row is not None and allocated[(line.line_id, line.sku)] <= row.reserved
            if row is None or not is_covered or row.pool != pools[shipment.node]:
                raise StockMoved(line.sku, shipment.node)


def _keep_waiting(connection: Connection, decision: Decision, now: datetime) -> None:
    """A backorder starts only on the stock that it was decided on: what came since has woken nobody yet."""
    key, inputs = str(decision.key), decision.inputs
    if decision.backorder_until is None:
        end_backorder(connection, key)
        return
    if inputs is not None:
        before = {(level.sku, level.node): level.on_hand - level.allocated for level in inputs.stock}
        skus, at_nodes = {sku for sku, _ in before}, {node for _, node in before}
        for level in levels(connection, sorted(skus), sorted(at_nodes), decision.key):
            if level.on_hand - level.allocated > before.get((level.sku, level.node), 0):
                raise StockMoved(level.sku, level.node)
    begin_backorder(connection, key, decision.backorder_until, now)


def _by_node(plan: tuple[PlannedShipment, ...]) -> Counter[NodePlace]:
    units: Counter[NodePlace] = Counter()
    for shipment in plan:
        for line in shipment.lines:
            units[(line.sku, shipment.node)] += line.quantity
    return units


def _as_row(decision: Decision) -> dict[str, Any]:
    return {
        "order_key": str(decision.key),
        "decided_at": decision.decided_at,
        "rules_hash": decision.rules_hash,
        "rule": decision.rule,
        "document": decision.model_dump_json(),
        "rules_version": decision.rules_version if decision.keeps_its_rules else None,
        "rules_book": decision.rules_book if decision.keeps_its_rules else None,
    }

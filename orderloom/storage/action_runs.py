"""What was called for which decision, so that no action is done twice."""

import json
from collections.abc import Callable
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import Connection, insert, select, update

from orderloom.domain.actions import ActionRun, ActionState
from orderloom.domain.answers import TO_DECIDE
from orderloom.domain.decisions import Decision
from orderloom.domain.errors import OrderUnknown
from orderloom.domain.keys import OrderKey
from orderloom.storage.database import Database
from orderloom.storage.tables import action_runs, decisions


class SqlActionBook:
    """Implements the port ActionBook."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def begin(self, run: ActionRun) -> ActionRun:
        return self._database.write(lambda connection: _begin(connection, run, self._clock()))

    def settle(self, run: ActionRun) -> None:
        """The first outcome stands, but for a person who lets the order go on without it."""
        columns = action_runs.c
        statement = update(action_runs).where(columns.run == run.idempotency_key)
        if run.state is not ActionState.WAIVED:
            statement = statement.where(columns.state == ActionState.ASKED)
        ended = {"state": run.state, "text": run.text, "answer": json.dumps(run.answer), "ended_at": self._clock()}
        self._database.write(lambda connection: connection.execute(statement.values(ended)))

    def answers(self, key: OrderKey) -> dict[str, dict[str, JsonValue]]:
        columns = action_runs.c
        mine = (columns.order_key == str(key)) & (columns.decision == TO_DECIDE) & (columns.state != ActionState.ASKED)
        statement = select(columns.action, columns.answer).where(mine).order_by(columns.attempt)
        rows = self._database.read(lambda connection: connection.execute(statement).all())
        return {row.action: json.loads(row.answer or "{}") for row in rows}

    def decision(self, key: OrderKey, decided_at: datetime) -> Decision:
        mine = (decisions.c.order_key == str(key)) & (decisions.c.decided_at == decided_at)
        statement = select(decisions.c.document).where(mine)
        document = self._database.read(lambda connection: connection.execute(statement).scalar_one_or_none())
        if document is None:
            raise OrderUnknown(f"{key} with a decision of {decided_at}")
        return Decision.model_validate_json(document)


def _begin(connection: Connection, run: ActionRun, now: datetime) -> ActionRun:
    columns = action_runs.c
    mine = (columns.order_key == str(run.key)) & (columns.action == run.action)
    mine &= (columns.at_stage == run.when) & (columns.decision == run.decision)
    last = connection.execute(select(action_runs).where(mine).order_by(columns.attempt.desc()).limit(1)).one_or_none()
    if last is not None and last.attempt >= run.attempt:
        known = {"attempt": last.attempt, "state": ActionState(last.state), "text": last.text}
        return run.model_copy(update=known)
    row = {
        "run": run.idempotency_key,
        "order_key": str(run.key),
        "action": run.action,
        "at_stage": run.when,
        "decision": run.decision,
        "attempt": run.attempt,
        "state": ActionState.ASKED,
        "text": "",
        "asked_at": now,
    }
    connection.execute(insert(action_runs), row)
    return run

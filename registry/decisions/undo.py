"""Undo of an import: its patients become what they would be had it never been imported.

As far as that can be known: what later files or people changed or confirmed stays
(docs/decisions/011-undo-and-review.md). `registry/decisions/undo_values.py` works out the values,
`registry/decisions/change_sets.py` writes them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.account_lock import lock_account
from registry.decisions.change_sets import (
    Decision,
    count_change_set,
    open_change_set,
    record_decision,
    write_change_set,
)
from registry.decisions.undo_values import find_values
from registry.ids import new_id
from registry.ledger.imports import Import, get_import, list_attempts
from registry.ledger.moves import ATTEMPT_IS_APPLIED, IMPORT_IS_UNDER_WAY
from schemas.errors import NotAllowed

_COLUMNS = "import_id, attempt, user_name, decided_at, changed, removed, kept"


@dataclass(frozen=True)
class Undone:
    """What an undo did: patients `removed` and `changed`, and values `kept` since others need them.

    `attempt` is the last one it took back.
    """

    import_id: UUID
    attempt: int
    user_name: str
    decided_at: datetime
    changed: int
    removed: int
    kept: int

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return asdict(self)


def undo(connection: Connection, imported: Import, by: str, now: datetime) -> Undone:
    """Take an import back; the caller commits.

    One that was undone before, and not run again since, stays as it is.

    Returns:
        What was done, now or then.

    Raises:
        NotAllowed: it is not over, or changed no patient.
    """
    lock_account(connection, imported.account_id)
    attempts = _done_attempts(connection, imported)
    if not attempts:
        return undone_imports(connection, [imported.id])[imported.id]
    decision_id = new_id(now)
    open_change_set(connection)
    kept = find_values(connection, imported.account_id, imported.id, attempts)
    written = write_change_set(connection, imported.account_id, decision_id, now)
    found = Undone(imported.id, attempts[-1], by, now, written.changed, written.removed, kept)
    decision = Decision(decision_id, imported.account_id, "undo", **asdict(found))
    record_decision(connection, decision)
    return found


def rehearse(connection: Connection, imported: Import, by: str, now: datetime) -> Undone:
    """What `undo` would do; no patient is written, and nobody is kept waiting.

    Raises:
        NotAllowed: as `undo` does.
    """
    attempts = _done_attempts(connection, imported)
    if not attempts:
        return undone_imports(connection, [imported.id])[imported.id]
    open_change_set(connection)
    kept = find_values(connection, imported.account_id, imported.id, attempts)
    would = count_change_set(connection)
    return Undone(imported.id, attempts[-1], by, now, would.changed, would.removed, kept)


def undone_imports(connection: Connection, import_ids: Sequence[UUID]) -> dict[UUID, Undone]:
    """Those of these imports that are undone, and have not been run again since."""
    with connection.cursor(row_factory=class_row(Undone)) as cursor:
        found = cursor.execute(
            f"SELECT {_COLUMNS} FROM decision d WHERE import_id = ANY(%s) AND kind = 'undo'"
            " AND NOT EXISTS (SELECT FROM attempt a WHERE a.import_id = d.import_id"
            "  AND a.number > d.attempt AND a.state = ANY(%s)) ORDER BY attempt",
            (list(import_ids), list(ATTEMPT_IS_APPLIED)),
        ).fetchall()
    return {each.import_id: each for each in found}


def _done_attempts(connection: Connection, imported: Import) -> list[int]:
    """The attempts that changed patients and have not been undone.

    Raises:
        NotAllowed: there is none, or one is under way.
    """
    key = imported.partition_key
    if imported.dry_run:
        raise NotAllowed(f"import {key} is a dry run and changed no patient; nothing to undo")
    state = get_import(connection, key).state  # as it is by now
    attempts = list_attempts(connection, imported.id)
    if state in IMPORT_IS_UNDER_WAY or any(not each.is_over for each in attempts):
        raise NotAllowed(
            f"import {key} is {state}; wait until it is over, or run `rosterline process-pending`"
        )
    done = [each.number for each in attempts if each.state in ATTEMPT_IS_APPLIED]
    if not done:
        raise NotAllowed(f"import {key} is {state} and changed no patient; nothing to undo")
    undone = connection.execute(
        "SELECT attempt FROM undone_attempt WHERE import_id = %s", (imported.id,)
    ).fetchall()
    return [number for number in done if (number,) not in undone]

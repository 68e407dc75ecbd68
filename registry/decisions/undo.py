"""Undo of an import: its patients become what they would be had it never been imported.

What later files or people changed or confirmed stays (docs/decisions/011-undo-and-review.md).
`registry/decisions/undo_values.py` works out the values, `registry/decisions/change_sets.py` writes
them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.account_lock import lock_account
from registry.database.statements import Statements
from registry.decisions.automatic_links import links_of_import, take_back_links
from registry.decisions.change_sets import (
    count_change_set,
    open_change_set,
    write_change_set,
)
from registry.decisions.decision import Decision, record_decision
from registry.decisions.judgements import Reviewer
from registry.decisions.undo_values import find_values
from registry.ids import new_id
from registry.ledger.archived_months import require_rows
from registry.ledger.imports import Import, get_import, list_attempts
from registry.ledger.members import list_members, state_of
from registry.ledger.moves import ATTEMPT_IS_APPLIED, IMPORT_IS_UNDER_WAY
from registry.ledger.states import UNPACKED
from schemas.errors import NotAllowed

_SQL = Statements(__file__)


@dataclass(frozen=True)
class UndoResult:
    """What an undo did: patients `removed` and `changed`, and values `kept`.

    A value is kept because something else asserts it or because a patient must have it. `attempt`
    is the last one that was taken back.
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


def undo(connection: Connection, imported: Import, by: str, now: datetime) -> UndoResult:
    """Take an import back; the caller commits.

    An import that was undone before, and not run again since, stays as it is. Of an archive all
    members are taken back, the last one first; a patient of two members counts for both.

        roster.csv created John, and moved Maria from Rome to Oslo
        →  removed 1 (John), changed 1 (Maria is in Rome again), kept 0

    Returns:
        What was done, now or the first time.

    Raises:
        NotAllowed: the import is not over, changed no patient, or was archived, or a patient of it
            has a history of which a part was archived.
    """
    lock_account(connection, imported.account_id)
    if imported.state == UNPACKED:
        return _undo_members(connection, imported, by, now)
    attempts = _attempts_in_effect(connection, imported)
    if not attempts:
        return undone_imports(connection, [imported.id])[imported.id]
    # Linked patients come back first, so that it is as if the import had linked nobody.
    reviewer = Reviewer(imported.account_id, by, now, is_automatic=True)
    take_back_links(connection, reviewer, imported.id)
    decision_id = new_id(now)
    open_change_set(connection)
    kept = find_values(connection, imported.account_id, imported.id, attempts)
    written = write_change_set(connection, imported.account_id, decision_id, now)
    connection.execute(
        "DELETE FROM identity_review WHERE import_id = %s AND attempt = ANY(%s) AND state = 'open'",
        (imported.id, attempts),
    )
    result = UndoResult(imported.id, attempts[-1], by, now, written.changed, written.removed, kept)
    decision = Decision(decision_id, imported.account_id, "undo", **asdict(result))
    record_decision(connection, decision)
    return result


def preview_undo(connection: Connection, imported: Import, by: str, now: datetime) -> UndoResult:
    """What `undo` would do; it writes no patient and takes no lock.

    Where patients of the import were linked automatically, and for an archive, it is done and taken
    back at once.

    Raises:
        NotAllowed: as `undo` does.
    """
    if imported.state == UNPACKED:
        with connection.transaction(force_rollback=True):
            return undo(connection, imported, by, now)
    attempts = _attempts_in_effect(connection, imported)
    if not attempts:
        return undone_imports(connection, [imported.id])[imported.id]
    if links_of_import(connection, imported.id):
        with connection.transaction(force_rollback=True):
            return undo(connection, imported, by, now)
    open_change_set(connection)
    kept = find_values(connection, imported.account_id, imported.id, attempts)
    would = count_change_set(connection)
    return UndoResult(imported.id, attempts[-1], by, now, would.changed, would.removed, kept)


def undone_imports(connection: Connection, import_ids: Sequence[UUID]) -> dict[UUID, UndoResult]:
    """Those of these imports that are undone, and have not been run again since.

    An archive is, once all its members are that changed patients.
    """
    results = _undone(connection, import_ids)
    for archive_id, members in _members_in_effect(connection, import_ids).items():
        undone = _undone(connection, members)
        if len(undone) == len(members):
            results[archive_id] = _together(archive_id, list(undone.values()))
    return results


def _undone(connection: Connection, import_ids: Sequence[UUID]) -> dict[UUID, UndoResult]:
    columns = ", ".join(f"decision.{field.name}" for field in fields(UndoResult))
    statement = _SQL["list_undone_imports"].format(columns=columns)
    about = {"imports": list(import_ids), "done": list(ATTEMPT_IS_APPLIED)}
    with connection.cursor(row_factory=class_row(UndoResult)) as cursor:
        results = cursor.execute(statement, about).fetchall()
    return {result.import_id: result for result in results}


def _undo_members(connection: Connection, archive: Import, by: str, now: datetime) -> UndoResult:
    """Take back all members of an archive that changed patients, the last one first.

    Raises:
        NotAllowed: a member is not over, or none changed a patient; or as `undo` does.
    """
    key = archive.partition_key
    members = list_members(connection, archive.id)
    if state_of(members) == "processing":
        raise NotAllowed(f"the files in archive {key} are not all over; wait until they are")
    in_effect = _members_in_effect(connection, [archive.id]).get(archive.id, [])
    if not in_effect:
        raise NotAllowed(f"no file of archive {key} changed a patient; nothing to undo")
    done = [undo(connection, each, by, now) for each in reversed(members) if each.id in in_effect]
    return _together(archive.id, [each for each in done if each.decided_at == now] or done)


def _members_in_effect(
    connection: Connection, import_ids: Sequence[UUID]
) -> dict[UUID, list[UUID]]:
    """By archive, its members with an attempt that is in the registry, undone or not."""
    about = {"archives": list(import_ids), "done": list(ATTEMPT_IS_APPLIED)}
    return dict(connection.execute(_SQL["list_members_in_effect"], about).fetchall())


def _together(archive_id: UUID, results: Sequence[UndoResult]) -> UndoResult:
    last = max(results, key=attrgetter("decided_at"))
    return replace(
        last,
        import_id=archive_id,
        changed=sum(each.changed for each in results),
        removed=sum(each.removed for each in results),
        kept=sum(each.kept for each in results),
    )


def _attempts_in_effect(connection: Connection, imported: Import) -> list[int]:
    """The attempts that changed patients and were not undone.

    Raises:
        NotAllowed: no attempt changed a patient, one is under way, or its rows were archived.
    """
    key = imported.partition_key
    if imported.dry_run:
        raise NotAllowed(f"import {key} is a dry run and changed no patient; nothing to undo")
    require_rows(connection, imported.id, key)
    state = get_import(connection, key).state  # the caller may have read it long ago
    attempts = list_attempts(connection, imported.id)
    if state in IMPORT_IS_UNDER_WAY or any(not attempt.is_over for attempt in attempts):
        raise NotAllowed(
            f"import {key} is {state}; wait until it is over",
            advice="`rosterline process-pending` runs what waits",
        )
    done = [attempt.number for attempt in attempts if attempt.state in ATTEMPT_IS_APPLIED]
    if not done:
        raise NotAllowed(f"import {key} is {state} and changed no patient; nothing to undo")
    undone = connection.execute(
        "SELECT attempt FROM undone_attempt WHERE import_id = %(import)s", {"import": imported.id}
    ).fetchall()
    return [number for number in done if (number,) not in undone]

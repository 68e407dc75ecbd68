"""Document queries of an import as a whole: wanted, planned, due, settled.

    document_plan    an import: `wanted` → `open` → `settled`; a further attempt makes it `wanted`
    document_query   a patient: `processing` → `completed` | `failed` | `opted-out`, or
                     `not-configured` from the start

docs/decisions/008-document-queries.md gives the reasons; `registry.documents.dispatch` handles a
single query.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.ledger.imports import Import

PAUSE_SECONDS = 300
"""How long an endpoint is left alone that fails for every patient."""

AFTER_KILL_SECONDS = 60
"""How long after the beginning of a run that was killed the next one may begin."""

_SQL = Statements(__file__)


def want(connection: Connection, imported: Import) -> None:
    """Note that an attempt over the import has ended; to be called in the same transaction."""
    connection.execute(
        "INSERT INTO document_plan (import_id, account_id) VALUES (%s, %s)"
        " ON CONFLICT (import_id) DO UPDATE SET state = 'wanted', due_at = now()",
        (imported.id, imported.account_id),
    )


def plan(connection: Connection, imported: Import, *, configured: bool, again: bool) -> None:
    """Enter a query for each patient whom the import created or updated; the caller commits.

    Patients who are opted out get none. Queries that were entered before stay as they are; with
    `again`, those that failed or could not be sent begin anew. Without an endpoint (`configured` is
    False), queries that are open become `not-configured`.
    """
    state = "processing" if configured else "not-configured"
    # The plan's row first: an attempt that ends meanwhile waits, and then wants another plan.
    connection.execute(
        _SQL["open_plan"],
        {
            "import_id": imported.id,
            "account_id": imported.account_id,
            "after_kill_seconds": AFTER_KILL_SECONDS,
        },
    )
    connection.execute(_SQL["plan_queries"], {"import_id": imported.id, "state": state})
    connection.execute(
        "UPDATE document_query SET state = %s, tries = 0, next_try_at = now(), reason = NULL,"
        " settled_at = NULL WHERE import_id = %s AND state = ANY(%s)",
        (state, imported.id, _begun_anew(configured=configured, again=again)),
    )
    recount(connection, imported.id)


def _begun_anew(*, configured: bool, again: bool) -> list[str]:
    """States of earlier queries that begin anew with the plan."""
    if not configured:
        return ["processing"]
    return ["failed", "not-configured"] if again else []


def unplanned(connection: Connection, imported: Import) -> int:
    """How many patients should have a query of this import and have none."""
    row = connection.execute(_SQL["count_unplanned"], {"import_id": imported.id}).fetchone()
    return int(row[0]) if row else 0


def recount(connection: Connection, import_id: UUID) -> None:
    """Bring the plan's counts up to date."""
    connection.execute(_SQL["recount_plan"], {"import_id": import_id})


def leave(connection: Connection, import_id: UUID, not_before: float = 0.0) -> None:
    """End a run's work on the import: settled, or due again, in `not_before` seconds at least."""
    recount(connection, import_id)
    connection.execute(_SQL["leave_plan"], {"import_id": import_id, "not_before": not_before})


def pause(connection: Connection, fault: str) -> None:
    """Leave the endpoint alone for a while, whichever import has queries open."""
    connection.execute(
        "UPDATE document_plan SET fault = %s, due_at = now() + make_interval(secs => %s)"
        " WHERE state = 'open'",
        (fault, PAUSE_SECONDS),
    )


@dataclass(frozen=True)
class DuePlan:
    """An import whose queries are to be planned or sent now."""

    partition_key: str
    account_id: int


def due_plans(connection: Connection, limit: int, under_way: Collection[str] = ()) -> list[DuePlan]:
    """Imports whose queries are to be planned or sent now, accounts in turns.

    Accounts with an import `under_way`, by its partition key, are left out: a run works on them.
    """
    with connection.cursor(row_factory=class_row(DuePlan)) as cursor:
        asked = {"limit": limit, "under_way": list(under_way)}
        return cursor.execute(_SQL["list_due_plans"], asked).fetchall()


def another_account_waits(connection: Connection, account_id: int) -> bool:
    """Whether queries of any other account are to be planned or sent now."""
    row = connection.execute(_SQL["another_account_waits"], {"account_id": account_id}).fetchone()
    return bool(row and row[0])

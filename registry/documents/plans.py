"""Document queries of an import as a whole: wanted, planned, due, settled.

    document_plan    an import: `wanted` → `open` → `settled`; a further attempt makes it `wanted`
    document_query   a patient: `processing` → `completed` | `failed` | `opted-out`, or
                     `not-configured` once there is no endpoint any more

docs/decisions/008-document-queries.md gives the reasons; `registry.documents.dispatch` handles a
single query.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.ledger.imports import Import

PAUSE_SECONDS = 300
"""How long an endpoint that fails for all, or an import whose run failed, is left alone."""

AFTER_KILL_SECONDS = 60
"""How long after the beginning of a run that was killed the next one may begin."""

_SQL = Statements(__file__)


def want(connection: Connection, imported: Import, *, configured: bool) -> None:
    """Note that an attempt over the import has ended; to be called in the same transaction.

    Without an endpoint (`configured` is False) the plan is settled at once, and no run is needed.
    """
    connection.execute(
        "INSERT INTO document_plan (import_id, account_id) VALUES (%s, %s)"
        " ON CONFLICT (import_id) DO UPDATE"
        " SET state = 'wanted', due_at = now(), only_asked = false",
        (imported.id, imported.account_id),
    )
    if not configured:
        plan(connection, imported, configured=False, again=False)
        leave(connection, imported.id)


def plan(connection: Connection, imported: Import, *, configured: bool, again: bool) -> None:
    """Enter a query for each patient whom the import created or updated; the caller commits.

    Patients who are opted out get none. A plan that is open only for patients whom a caller asked
    about gets no further ones, unless `again`. Queries that were entered before stay as they are;
    with `again`, those that failed or could not be sent begin anew. Without an endpoint
    (`configured` is False), none is entered, the plan counts the patients as `not-configured`, and
    queries that are open become so.
    """
    state = "processing" if configured else "not-configured"
    # The plan's row first: an attempt that ends meanwhile waits, and then wants another plan.
    ((only_asked,),) = connection.execute(
        _SQL["open_plan"],
        {
            "import_id": imported.id,
            "account_id": imported.account_id,
            "after_kill_seconds": AFTER_KILL_SECONDS,
            "again": again,
        },
    ).fetchall()
    if configured and not only_asked:
        connection.execute(_SQL["plan_queries"], {"import_id": imported.id, "state": state})
    connection.execute(
        "UPDATE document_query SET state = %s, tries = 0, next_try_at = now(), reason = NULL,"
        " settled_at = NULL WHERE import_id = %s AND state = ANY(%s)",
        (state, imported.id, _begun_anew(configured=configured, again=again)),
    )
    if not only_asked:
        connection.execute(
            "UPDATE document_plan SET not_asked = %s WHERE import_id = %s",
            (0 if configured else unplanned(connection, imported), imported.id),
        )
    recount(connection, imported.id)


def _begun_anew(*, configured: bool, again: bool) -> list[str]:
    """States of earlier queries that begin anew with the plan."""
    if not configured:
        return ["processing"]
    return ["failed", "not-configured"] if again else []


def is_for_callers(connection: Connection, imported: Import) -> bool:
    """Whether the plan is open only for patients whom a caller asked about."""
    row = connection.execute(
        "SELECT only_asked FROM document_plan WHERE import_id = %s", (imported.id,)
    ).fetchone()
    return bool(row and row[0])


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


def put_off(connection: Connection, partition_key: str) -> None:
    """Let other imports go first, after a run could not work on this one; the caller commits."""
    connection.execute(
        "UPDATE document_plan SET due_at = now() + make_interval(secs => %s) FROM import"
        " WHERE import.id = document_plan.import_id AND import.partition_key = %s"
        " AND document_plan.state <> 'settled'",
        (PAUSE_SECONDS, partition_key),
    )


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
    due_at: datetime


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

"""Document queries of an import as a whole: wanted, planned, due, settled.

    document_plan    an import: `wanted` → `open` → `settled`; a further attempt makes it `wanted`
    document_query   a patient: `processing` → `completed` | `failed` | `opted-out`, or
                     `not-configured` from the start

docs/decisions/008-document-queries.md says why it is as it is; `registry.documents.dispatch` has
what happens to a single query.
"""

from uuid import UUID

from psycopg import Connection

from registry.ledger.imports import Import

PAUSE_SECONDS = 300
"""How long an endpoint is left alone that fails whoever is asked about."""

AFTER_KILL_SECONDS = 60
"""How long after its beginning a run that was killed is followed by another one."""


def want(connection: Connection, imported: Import) -> None:
    """Note that an attempt over the import has ended; to be called in the same transaction."""
    connection.execute(
        "INSERT INTO document_plan (import_id, account_id) VALUES (%s, %s)"
        " ON CONFLICT (import_id) DO UPDATE SET state = 'wanted', due_at = now()",
        (imported.id, imported.account_id),
    )


def plan(connection: Connection, imported: Import, *, configured: bool, again: bool) -> None:
    """Enter a query for each patient whom the import created or updated; the caller commits.

    Those who are opted out get none. What was entered before stays as it is; with `again`, what
    failed or could not be sent is asked anew. Without an endpoint, what is open is
    `not-configured`.
    """
    state = "processing" if configured else "not-configured"
    # First this row: an attempt that ends meanwhile waits, and then wants another plan.
    connection.execute(
        "INSERT INTO document_plan AS p (import_id, account_id, state) VALUES (%s, %s, 'open')"
        " ON CONFLICT (import_id) DO UPDATE SET state = 'open', fault = NULL,"
        # Whoever is killed from here on is followed after a while, not at once and for ever.
        " due_at = now() + make_interval(secs => %s)",
        (imported.id, imported.account_id, AFTER_KILL_SECONDS),
    )
    connection.execute(
        "INSERT INTO document_query (import_id, attempt, patient_id, account_id, state)"
        f" SELECT DISTINCT r.import_id, r.attempt, r.patient_id, p.account_id, %(state)s {_CHANGED}"
        # In the order of the indexes, which is also the one in which they are sent.
        " ORDER BY r.attempt, r.patient_id ON CONFLICT DO NOTHING",
        {"import": imported.id, "state": state},
    )
    if not configured:
        begun_anew = ["processing"]
    elif again:
        begun_anew = ["failed", "not-configured"]
    else:
        begun_anew = []
    connection.execute(
        "UPDATE document_query SET state = %s, tries = 0, next_try_at = now(), reason = NULL,"
        " settled_at = NULL WHERE import_id = %s AND state = ANY(%s)",
        (state, imported.id, begun_anew),
    )
    recount(connection, imported.id)


def unplanned(connection: Connection, imported: Import) -> int:
    """How many patients should have a query of this import and have none."""
    row = connection.execute(
        f"SELECT count(*) {_CHANGED} AND NOT EXISTS (SELECT FROM document_query q"
        " WHERE (q.import_id, q.attempt, q.patient_id) = (r.import_id, r.attempt, r.patient_id))",
        {"import": imported.id},
    ).fetchone()
    return int(row[0]) if row else 0


def recount(connection: Connection, import_id: UUID) -> None:
    """Bring the plan's counts up to date."""
    connection.execute(_RECOUNT, {"import": import_id})


def leave(connection: Connection, import_id: UUID, not_before: float = 0.0) -> None:
    """End a run's work on the import: settled, or due again, in `not_before` seconds at least."""
    recount(connection, import_id)
    connection.execute(
        "UPDATE document_plan SET fault = NULL,"
        " state = CASE WHEN processing = 0 THEN 'settled' ELSE state END,"
        " due_at = greatest(now() + make_interval(secs => %s), (SELECT min(next_try_at)"
        "  FROM document_query q WHERE q.import_id = document_plan.import_id"
        "  AND q.state = 'processing'))"
        # One that is wanted again, by an attempt that ended meanwhile, is due at once.
        " WHERE import_id = %s AND state = 'open'",
        (not_before, import_id),
    )


def pause(connection: Connection, fault: str) -> None:
    """Leave the endpoint alone for a while, whichever import has queries open."""
    connection.execute(
        "UPDATE document_plan SET fault = %s, due_at = now() + make_interval(secs => %s)"
        " WHERE state = 'open'",
        (fault, PAUSE_SECONDS),
    )


def due_plans(connection: Connection, limit: int) -> list[str]:
    """Partition keys of the imports whose queries are to be planned or sent now.

    An import that is being processed again is left until it is over.
    """
    rows = connection.execute(
        "SELECT i.partition_key FROM document_plan p JOIN import i ON i.id = p.import_id"
        " WHERE p.state <> 'settled' AND p.due_at <= now() AND i.state = 'completed'"
        " ORDER BY p.due_at LIMIT %s",
        (limit,),
    ).fetchall()
    return [key for (key,) in rows]


_CHANGED = """
FROM import_row r
JOIN attempt a ON a.import_id = r.import_id AND a.number = r.attempt AND a.state = 'finished'
JOIN patient p ON p.id = r.patient_id
WHERE r.import_id = %(import)s AND r.outcome IN ('created', 'updated')
    AND p.hie_opt_out IS NOT TRUE
"""

_RECOUNT = """
UPDATE document_plan p SET total = c.total, processing = c.processing, completed = c.completed,
    failed = c.failed, not_configured = c.not_configured, opted_out = c.opted_out,
    found = c.found, counted_at = now()
FROM (
    SELECT count(*) AS total,
        count(*) FILTER (WHERE state = 'processing') AS processing,
        count(*) FILTER (WHERE state = 'completed') AS completed,
        count(*) FILTER (WHERE state = 'failed') AS failed,
        count(*) FILTER (WHERE state = 'not-configured') AS not_configured,
        count(*) FILTER (WHERE state = 'opted-out') AS opted_out,
        coalesce(sum(found), 0) AS found
    FROM document_query WHERE import_id = %(import)s
) c
WHERE p.import_id = %(import)s
"""

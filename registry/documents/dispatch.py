"""Document queries one at a time: whose turn it is, and what came of it.

All of it in a connection in autocommit: each statement stands by itself, and a kill between two
leaves a query claimed, which the next sender gives back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

BACKOFF_SECONDS = (2, 10, 60, 300, 900, 3600)
"""Between tries; the last one repeats."""

MAX_TRIES = 30
"""The last one is made about a day after the first."""

_LOCK = "hashtext('rosterline documents')"


@dataclass(frozen=True)
class Claimed:
    """A query whose turn it is, with the patient as stored now.

    `identifiers` maps items of `schemas.canonical` to values, `zips` are as stored. When
    `opted_out` is True the query was settled by the claim and must not be sent.
    """

    import_id: UUID
    attempt: int
    patient_id: UUID
    tries: int
    opted_out: bool
    first_name: str
    last_name: str
    birth_date: date | None
    birth_year: int
    gender: str
    identifiers: dict[str, str]
    zips: list[str]


@contextmanager
def sending(connection: Connection) -> Iterator[bool]:
    """Whether this process may send, until the end of the block; only one may at a time.

    The lock is the session's: a process that is killed loses it.
    """
    row = connection.execute(f"SELECT pg_try_advisory_lock({_LOCK})").fetchone()
    mine = bool(row and row[0])
    try:
        yield mine
    finally:
        if mine and not connection.broken:
            connection.execute(f"SELECT pg_advisory_unlock({_LOCK})")


def release(connection: Connection, import_id: UUID) -> None:
    """Give back what a sender that is gone had claimed. Only for whoever may send."""
    connection.execute(
        "UPDATE document_query SET claimed_at = NULL, next_try_at = now(), reason = 'cut_off',"
        # Else one that ends its process each time would do so for ever.
        " state = CASE WHEN tries >= %s THEN 'failed' ELSE state END"
        " WHERE import_id = %s AND state = 'processing' AND claimed_at IS NOT NULL",
        (MAX_TRIES, import_id),
    )
    connection.execute(
        "UPDATE document_query q SET state = 'failed', reason = 'patient_gone', settled_at = now()"
        " WHERE import_id = %s AND state = 'processing'"
        " AND NOT EXISTS (SELECT FROM patient p WHERE p.id = q.patient_id)",
        (import_id,),
    )


def claim(connection: Connection, import_id: UUID) -> Claimed | None:
    """The import's next query that is due; None when none is. To be sent at once.

    In a connection in autocommit. An opt-out that was committed before, or is about to be, is
    seen: the patient's row is locked while it is read. A patient whom an import is changing at
    this moment is left for later.
    """
    with connection.cursor(row_factory=class_row(Claimed)) as cursor:
        return cursor.execute(_CLAIM, {"import": import_id}).fetchone()


def complete(connection: Connection, query: Claimed, found: int, remark: str | None) -> None:
    """The query was answered: so many documents; `remark` is a code of what was odd about it."""
    _settle(connection, query, "completed", found, remark)


def fail(connection: Connection, query: Claimed, reason: str) -> None:
    """The query will not be sent again; `reason` is a code."""
    _settle(connection, query, "failed", None, reason)


def put_off(connection: Connection, query: Claimed, reason: str, seconds: float = 0.0) -> None:
    """Try again later, not before `seconds`; after the last try the query has failed."""
    if query.tries >= MAX_TRIES:
        fail(connection, query, reason)
        return
    pause = max(BACKOFF_SECONDS[min(query.tries, len(BACKOFF_SECONDS)) - 1], seconds)
    connection.execute(
        "UPDATE document_query SET reason = %s, claimed_at = NULL,"
        f" next_try_at = now() + make_interval(secs => %s) WHERE {_KEY}",
        (reason, pause, *_key(query)),
    )


def next_due(connection: Connection, import_id: UUID) -> float | None:
    """In how many seconds the next of the import's queries is due; None when none is open."""
    row = connection.execute(
        "SELECT extract(epoch FROM min(next_try_at) - now()) FROM document_query"
        " WHERE import_id = %s AND state = 'processing' AND claimed_at IS NULL",
        (import_id,),
    ).fetchone()
    return float(row[0]) if row and row[0] is not None else None


_CLAIM = """
WITH due AS (
    SELECT q.import_id, q.attempt, q.patient_id, p.hie_opt_out IS TRUE AS opted_out
    FROM document_query q JOIN patient p ON p.id = q.patient_id
    WHERE q.import_id = %(import)s AND q.state = 'processing'
        AND q.claimed_at IS NULL AND q.next_try_at <= now()
    ORDER BY q.next_try_at LIMIT 1
    FOR UPDATE OF q SKIP LOCKED FOR SHARE OF p SKIP LOCKED
), claimed AS (
    UPDATE document_query q SET
        state = CASE WHEN d.opted_out THEN 'opted-out' ELSE q.state END,
        tries = q.tries + CASE WHEN d.opted_out THEN 0 ELSE 1 END,
        claimed_at = CASE WHEN NOT d.opted_out THEN now() END,
        settled_at = CASE WHEN d.opted_out THEN now() END
    FROM due d
    WHERE (q.import_id, q.attempt, q.patient_id) = (d.import_id, d.attempt, d.patient_id)
    RETURNING q.import_id, q.attempt, q.patient_id, q.tries, d.opted_out
)
SELECT c.*, p.first_name, p.last_name, p.birth_date, p.birth_year, p.gender,
    coalesce((SELECT jsonb_object_agg(item, value) FROM patient_identifier i
        WHERE i.patient_id = p.id AND value IS NOT NULL), '{}') AS identifiers,
    ARRAY(SELECT DISTINCT postal_code FROM patient_address a
        WHERE a.patient_id = p.id AND postal_code IS NOT NULL ORDER BY postal_code) AS zips
FROM claimed c JOIN patient p ON p.id = c.patient_id
"""

_KEY = "import_id = %s AND attempt = %s AND patient_id = %s"


def _key(query: Claimed) -> tuple[UUID, int, UUID]:
    return query.import_id, query.attempt, query.patient_id


def _settle(
    connection: Connection, query: Claimed, state: str, found: int | None, reason: str | None
) -> None:
    connection.execute(
        "UPDATE document_query SET state = %s, found = %s, reason = %s, claimed_at = NULL,"
        f" settled_at = now() WHERE {_KEY}",
        (state, found, reason, *_key(query)),
    )

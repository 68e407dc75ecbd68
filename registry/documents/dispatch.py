"""Document queries one at a time: which one is sent next, and what came of it.

All of it runs in a connection in autocommit: each statement is a transaction of its own. A process
that is killed between two statements leaves its query dispatched; the next sender releases it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from registry.database.connections import session_of
from registry.database.statements import Statements

BACKOFF_SECONDS = (2, 10, 60, 300, 900, 3600)
"""Pauses between tries; the last one repeats."""

MAX_TRIES = 30
"""The last one is made about a day after the first."""

_LOCK = "hashtext('rosterline documents')"
_KEY = "import_id = %s AND attempt = %s AND patient_id = %s"
_SQL = Statements(__file__)


@dataclass(frozen=True)
class DispatchedQuery:
    """A query to be sent now, with the patient as stored now.

    `identifiers` maps items of `schemas.canonical` to values, `zips` are as stored. When
    `opted_out` is True the query is settled already and must not be sent.
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
    session = session_of(connection)
    row = session.execute(f"SELECT pg_try_advisory_lock({_LOCK})").fetchone()
    mine = bool(row and row[0])
    try:
        yield mine
    finally:
        if mine and not session.broken:
            session.execute(f"SELECT pg_advisory_unlock({_LOCK})")


def release(connection: Connection, import_id: UUID) -> None:
    """Make queries due again that a killed sender had dispatched. Only for whoever may send.

    Queries of patients who are no longer there fail.
    """
    connection.execute(_SQL["release_cut_off"], {"import_id": import_id, "max_tries": MAX_TRIES})
    connection.execute(_SQL["fail_without_patient"], {"import_id": import_id})


def dispatch_next(connection: Connection, import_id: UUID) -> DispatchedQuery | None:
    """The import's next query that is due, to be sent at once; None when none is.

    An opt-out that was committed before, or is about to be, is seen. A patient whom an import is
    changing at this moment is left for later.
    """
    with connection.cursor(row_factory=class_row(DispatchedQuery)) as cursor:
        return cursor.execute(_SQL["dispatch_next"], {"import_id": import_id}).fetchone()


def complete(
    connection: Connection,
    query: DispatchedQuery,
    found: int,
    remark: str | None,
    documents: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Settle a query that was answered with `found` documents.

    `remark` is a code of what was odd about the answer, `documents` are document references of FHIR
    to be listed.
    """
    _settle(connection, query, "completed", found, remark, documents)


def fail(connection: Connection, query: DispatchedQuery, reason: str) -> None:
    """Settle a query that will not be sent again; `reason` is a code."""
    _settle(connection, query, "failed", None, reason)


def put_off(
    connection: Connection, query: DispatchedQuery, reason: str, seconds: float = 0.0
) -> None:
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


def _key(query: DispatchedQuery) -> tuple[UUID, int, UUID]:
    return query.import_id, query.attempt, query.patient_id


def _settle(
    connection: Connection,
    query: DispatchedQuery,
    state: str,
    found: int | None,
    reason: str | None,
    documents: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    # What an earlier try found stays listed until something is found anew.
    kept = None if documents is None else Jsonb(list(documents))
    connection.execute(
        "UPDATE document_query SET state = %s, found = %s, reason = %s, claimed_at = NULL,"
        f" documents = coalesce(%s, documents), settled_at = now() WHERE {_KEY}",
        (state, found, reason, kept, *_key(query)),
    )

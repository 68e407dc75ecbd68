"""The one writer of the states of bulk requests: the moves that are allowed, and who makes them.

docs/reference/states.md shows the table. No function here commits.
"""

from datetime import datetime
from uuid import UUID

from psycopg import Connection

from registry.ledger.moves import Move

REQUEST_MOVES = (
    Move("ask", None, "waiting", "HTTP API", "a caller asks for an upload link"),
    Move("receive", "waiting", "received", "HTTP API", "its file is in the archive"),
    Move("cancel", "waiting", "cancelled", "HTTP API", "its caller cancels it"),
    Move("expire_overdue", "waiting", "expired", "HTTP API", "no file came in time"),
)


def receive(connection: Connection, request_id: UUID) -> bool:
    """The request has its import, under the same id; returns whether it was waiting."""
    return _leave_waiting(connection, request_id, "received")


def cancel(connection: Connection, request_id: UUID) -> bool:
    """Cancel a request without a file; returns whether it was waiting."""
    return _leave_waiting(connection, request_id, "cancelled")


def _leave_waiting(connection: Connection, request_id: UUID, state: str) -> bool:
    changed = connection.execute(
        "UPDATE bulk_request SET state = %s WHERE id = %s AND state = 'waiting'",
        (state, request_id),
    ).rowcount
    return changed == 1


def expire_overdue(connection: Connection, now: datetime) -> int:
    """Set requests to `expired` whose time is over, of all accounts. Returns how many."""
    return connection.execute(
        "UPDATE bulk_request SET state = 'expired' WHERE state = 'waiting' AND expires_at <= %s",
        (now,),
    ).rowcount

"""The outbox of webhooks: messages to send, and the log of attempts to deliver them.

A trigger writes a message when the state of an import changes
(`registry/tables/objects/2_notify_webhook.sql`). Delivery is attempted until it succeeds or the
message is a day old; messages of one import go out in their order.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.webhooks.endpoints import note_sent

GIVE_UP_AFTER = timedelta(days=1)
LEASE = timedelta(seconds=30)
"""How long a message that a process took up is left to it; no delivery attempt takes longer."""

BACKOFF_SECONDS = (5, 15, 60, 300, 900, 1800, 3600, 7200)
"""Pauses between delivery attempts; the last one repeats."""

_AT_ONCE_PER_ACCOUNT = 4
_SQL = Statements(__file__)


@dataclass(frozen=True)
class DueMessage:
    """A message to be sent now, with its address.

    `tries` counts the delivery attempts, the one that is to be made now included.
    """

    id: int
    message_id: UUID
    account_id: int
    import_id: UUID
    state: str
    reason: str | None
    created_at: datetime
    tries: int
    url: str
    key: str


@dataclass(frozen=True)
class DeliveryAttempt:
    """One line of the delivery log; no `fault` where it succeeded."""

    message_id: UUID
    import_id: UUID
    state: str
    number: int
    tried_at: datetime
    seconds: float
    http_status: int | None
    fault: str | None


def lease_due(
    connection: Connection, now: datetime, limit: int, busy: AbstractSet[int] = frozenset()
) -> list[DueMessage]:
    """Take up messages that are due, of all accounts but `busy`; several processes may at once.

    A process that is killed meanwhile loses nothing: after the lease its messages are due again.
    """
    with connection.cursor(row_factory=class_row(DueMessage)) as cursor:
        cursor.execute(_SQL["lease_due_messages"], {
            "now": now,
            "leased_until": now + LEASE,
            "limit": limit,
            "per_account": _AT_ONCE_PER_ACCOUNT,
            "busy": list(busy),
        })  # fmt: skip
        return sorted(cursor.fetchall(), key=lambda due: due.id)


def record_attempt(
    connection: Connection,
    due: DueMessage,
    tried_at: datetime,
    seconds: float,
    *,
    http_status: int | None,
    fault: str | None,
) -> None:
    """Log a delivery attempt and settle what becomes of its message; the caller commits.

    Without a `fault` the message is delivered. Otherwise it is due again after the pause that
    follows this attempt, unless it would be more than a day old by then: then it is given up.
    """
    connection.execute(
        "INSERT INTO webhook_try (message, number, account_id, tried_at, seconds, http_status,"
        " fault) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (due.id, due.tries, due.account_id, tried_at, seconds, http_status, fault),
    )
    note_sent(connection, due.account_id, due.url, fault)
    if fault is None:
        connection.execute(
            "UPDATE webhook_message SET delivered_at = %s WHERE id = %s", (tried_at, due.id)
        )
        return
    pause = BACKOFF_SECONDS[min(due.tries, len(BACKOFF_SECONDS)) - 1]
    next_try_at = tried_at + timedelta(seconds=pause)
    too_old = next_try_at > due.created_at + GIVE_UP_AFTER
    connection.execute(
        "UPDATE webhook_message SET next_try_at = %s, given_up_at = %s WHERE id = %s",
        (next_try_at, tried_at if too_old else None, due.id),
    )


def retry_all(connection: Connection, account_id: int, now: datetime) -> int:
    """Make every undelivered message of the account due now, given up or not.

    The caller commits.

    Returns:
        How many messages are due now.
    """
    return connection.execute(
        _SQL["retry_undelivered"], {"now": now, "account": account_id}
    ).rowcount


def list_deliveries(connection: Connection, account_id: int, limit: int) -> list[DeliveryAttempt]:
    """The delivery log of an account, the latest attempt first."""
    with connection.cursor(row_factory=class_row(DeliveryAttempt)) as cursor:
        return cursor.execute(
            _SQL["list_deliveries"], {"account": account_id, "limit": limit}
        ).fetchall()


def undelivered(connection: Connection, now: datetime) -> tuple[int, float]:
    """How many messages are not delivered yet, and the age of the oldest in seconds."""
    row = connection.execute(_SQL["count_due"], {"now": now}).fetchone()
    return (int(row[0]), float(row[1])) if row else (0, 0.0)

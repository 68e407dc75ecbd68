"""Webhooks: where an account wants to be told, what is to be told, and how telling it went.

A message is written by a trigger when the state of an import changes (revision 0003). It is tried
until it is delivered or a day old; messages of one import go out in their order.
"""

import base64
import secrets
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

GIVE_UP_AFTER = timedelta(days=1)
LEASE = timedelta(seconds=30)
"""How long a message that was taken up is left alone; longer than any try takes."""

BACKOFF_SECONDS = (5, 15, 60, 300, 900, 1800, 3600, 7200)
"""Between tries; the last one repeats."""

_AT_ONCE_PER_ACCOUNT = 4
_KEY_BYTES = 32


@dataclass(frozen=True)
class Webhook:
    """Where an account wants to be told."""

    account_id: int
    url: str | None
    key: str
    ping_fault: str | None


@dataclass(frozen=True)
class Due:
    """A message to be sent now, with its address."""

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
class Try:
    """One line of the delivery log."""

    message_id: UUID
    import_id: UUID
    state: str
    number: int
    tried_at: datetime
    seconds: float
    http_status: int | None
    fault: str | None


def standard_secret(key: str) -> str:
    """A webhook's key as libraries of Standard Webhooks take it."""
    return f"whsec_{base64.b64encode(key.encode()).decode()}"


def get_webhook(connection: Connection, account_id: int) -> Webhook | None:
    """The account's webhook; None when it never had one."""
    with connection.cursor(row_factory=class_row(Webhook)) as cursor:
        return cursor.execute(
            "SELECT account_id, url, key, ping_fault FROM webhook WHERE account_id = %s",
            (account_id,),
        ).fetchone()


def set_webhook(connection: Connection, account_id: int, url: str | None, now: datetime) -> Webhook:
    """Set the address, None for none; the key stays once there is one. The caller commits.

    Without an address, what was still to be told is given up.
    """
    with connection.cursor(row_factory=class_row(Webhook)) as cursor:
        cursor.execute(
            "INSERT INTO webhook (account_id, url, key, changed_at) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (account_id) DO UPDATE SET url = excluded.url, ping_fault = NULL,"
            " changed_at = excluded.changed_at RETURNING account_id, url, key, ping_fault",
            (account_id, url, secrets.token_urlsafe(_KEY_BYTES), now),
        )
        (kept,) = cursor.fetchall()
    if url is None:
        connection.execute(
            "UPDATE webhook_message SET given_up_at = %s"
            " WHERE account_id = %s AND delivered_at IS NULL AND given_up_at IS NULL",
            (now, account_id),
        )
    return kept


def note_ping(connection: Connection, account_id: int, fault: str | None) -> None:
    """Keep how the ping went; None for well. The caller commits."""
    connection.execute(
        "UPDATE webhook SET ping_fault = %s WHERE account_id = %s", (fault, account_id)
    )


def claim_due(
    connection: Connection, now: datetime, limit: int, busy: AbstractSet[int] = frozenset()
) -> list[Due]:
    """Take up messages whose time has come, of all accounts but `busy`; several processes may.

    Whoever is killed meanwhile loses nothing: after the lease they are due again. A receiver that
    hangs holds up a few of its own messages, not those of others.
    """
    with connection.cursor(row_factory=class_row(Due)) as cursor:
        cursor.execute(_CLAIM, {
            "now": now,
            "leased_until": now + LEASE,
            "limit": limit,
            "per_account": _AT_ONCE_PER_ACCOUNT,
            "busy": list(busy),
        })  # fmt: skip
        return sorted(cursor.fetchall(), key=lambda due: due.id)


def record_try(
    connection: Connection,
    due: Due,
    tried_at: datetime,
    seconds: float,
    *,
    http_status: int | None,
    fault: str | None,
) -> None:
    """Log a try, and settle what becomes of its message; the caller commits."""
    connection.execute(
        "INSERT INTO webhook_try (message, number, account_id, tried_at, seconds, http_status,"
        " fault) VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (due.id, due.tries, due.account_id, tried_at, seconds, http_status, fault),
    )
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
    """Make all that is undelivered due now, given up or not; returns how many. Caller commits.

    A message of which a try is under way is left to it: nothing is in the log of that try yet.
    """
    return connection.execute(
        "UPDATE webhook_message m SET next_try_at = %(now)s, given_up_at = NULL"
        " WHERE account_id = %(account)s AND delivered_at IS NULL"
        " AND (tries = 0 OR next_try_at <= %(now)s OR EXISTS (SELECT FROM webhook_try t"
        "   WHERE t.message = m.id AND t.number = m.tries))",
        {"now": now, "account": account_id},
    ).rowcount


def list_tries(connection: Connection, account_id: int, limit: int) -> list[Try]:
    """The delivery log of an account, the latest try first."""
    with connection.cursor(row_factory=class_row(Try)) as cursor:
        return cursor.execute(
            "SELECT m.message_id, m.import_id, m.state, t.number, t.tried_at, t.seconds,"
            " t.http_status, t.fault FROM webhook_try t JOIN webhook_message m ON m.id = t.message"
            " WHERE t.account_id = %s ORDER BY t.tried_at DESC, t.message DESC LIMIT %s",
            (account_id, limit),
        ).fetchall()


_CLAIM = """
WITH open AS (
    SELECT m.id, m.account_id, m.import_id, m.next_try_at,
        row_number() OVER (PARTITION BY m.import_id ORDER BY m.id) AS place
    FROM webhook_message m WHERE m.delivered_at IS NULL AND m.given_up_at IS NULL
), ready AS (
    SELECT o.id, o.next_try_at,
        row_number() OVER (PARTITION BY o.account_id ORDER BY o.next_try_at, o.id) AS turn
    FROM open o JOIN webhook w ON w.account_id = o.account_id
    WHERE o.place = 1 AND o.next_try_at <= %(now)s AND w.url IS NOT NULL
        AND o.account_id <> ALL(%(busy)s::integer[])
), chosen AS (
    SELECT m.id FROM webhook_message m
    WHERE m.id IN (
        SELECT id FROM ready WHERE turn <= %(per_account)s ORDER BY next_try_at LIMIT %(limit)s
    ) AND m.next_try_at <= %(now)s AND m.delivered_at IS NULL AND m.given_up_at IS NULL
    FOR UPDATE SKIP LOCKED
)
UPDATE webhook_message m SET next_try_at = %(leased_until)s, tries = m.tries + 1
FROM chosen c, webhook w
WHERE m.id = c.id AND w.account_id = m.account_id
RETURNING m.id, m.message_id, m.account_id, m.import_id, m.state, m.reason, m.created_at, m.tries,
    w.url, w.key
"""

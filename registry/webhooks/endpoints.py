"""Webhooks of accounts: the address that an account wants to be notified at, and its key."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection
from psycopg.rows import class_row

NOTHING_SENT = "nothing was sent to this address yet"

_KEY_BYTES = 32


@dataclass(frozen=True)
class Webhook:
    """Where an account wants to be notified; without `url`, nowhere.

    `last_fault` says why what was last sent there, a ping or a message, was not taken; None where
    it was.
    """

    account_id: int
    url: str | None
    key: str
    last_fault: str | None


def standard_secret(key: str) -> str:
    """A webhook's key as libraries of Standard Webhooks take it."""
    return f"whsec_{base64.b64encode(key.encode()).decode()}"


def get_webhook(connection: Connection, account_id: int) -> Webhook | None:
    """The account's webhook; None when it never had one."""
    with connection.cursor(row_factory=class_row(Webhook)) as cursor:
        return cursor.execute(
            "SELECT account_id, url, key, last_fault FROM webhook WHERE account_id = %s",
            (account_id,),
        ).fetchone()


def set_webhook(connection: Connection, account_id: int, url: str | None, now: datetime) -> Webhook:
    """Set the address; None removes it. The caller commits.

    The key stays the same once there is one. Until something was sent to the new address, its fault
    is that nothing was. Without an address, messages that were not delivered
    yet are given up.
    """
    fault = NOTHING_SENT if url else None
    with connection.cursor(row_factory=class_row(Webhook)) as cursor:
        cursor.execute(
            "INSERT INTO webhook (account_id, url, key, last_fault, changed_at)"
            " VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (account_id) DO UPDATE SET url = excluded.url, last_fault = %s,"
            " changed_at = excluded.changed_at RETURNING account_id, url, key, last_fault",
            (account_id, url, secrets.token_urlsafe(_KEY_BYTES), fault, now, fault),
        )
        (kept,) = cursor.fetchall()
    if url is None:
        connection.execute(
            "UPDATE webhook_message SET given_up_at = %s"
            " WHERE account_id = %s AND delivered_at IS NULL AND given_up_at IS NULL",
            (now, account_id),
        )
    return kept


def note_sent(connection: Connection, account_id: int, url: str | None, fault: str | None) -> None:
    """Keep how it went to send something to `url`; None for well. The caller commits.

    Nothing is kept if the account's address is another one by now.
    """
    connection.execute(
        "UPDATE webhook SET last_fault = %(fault)s WHERE account_id = %(account)s"
        " AND url = %(url)s AND last_fault IS DISTINCT FROM %(fault)s",
        {"account": account_id, "url": url, "fault": fault},
    )

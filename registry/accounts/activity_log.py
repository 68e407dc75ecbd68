"""The audit trail of the doors: who came in, what they did, what was refused; and bans.

A ban is what the trail says, so it survives a restart, expires by itself, and can be explained:
`ban` events hold for the settings' minutes unless an `unban` of the same subject follows. Too
many refused sign-ins within as many minutes, of one address or for one user, make one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg import Connection, sql
from psycopg.rows import class_row

from registry.settings import Settings

Subject = Literal["address", "user_name"]
"""What can be banned: where somebody comes from, or who they say they are."""


@dataclass(frozen=True)
class AccessEvent:
    """One thing that happened at a door. `detail` is ours to word, never a patient's value."""

    action: str
    account_id: int | None = None
    user_name: str | None = None
    address: str | None = None
    refused: bool = False
    file_name: str | None = None
    byte_count: int | None = None
    detail: str | None = None
    at: datetime | None = None
    door: str = "sftp"


def record(connection: Connection, event: AccessEvent) -> None:
    """Add an event to the trail, dated by the database; the caller commits."""
    connection.execute(
        "INSERT INTO access_event (door, action, refused, account_id, user_name, address,"
        " file_name, byte_count, detail) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            event.door,
            event.action,
            event.refused,
            event.account_id,
            event.user_name,
            event.address,
            event.file_name,
            event.byte_count,
            event.detail,
        ),
    )


def list_events(
    connection: Connection, *, account_id: int | None = None, limit: int = 50
) -> list[AccessEvent]:
    """The latest events, of one account or of all, the newest first."""
    with connection.cursor(row_factory=class_row(AccessEvent)) as cursor:
        return cursor.execute(
            "SELECT action, account_id, user_name, address, refused, file_name, byte_count, detail,"
            " at, door FROM access_event WHERE %(id)s::int IS NULL OR account_id = %(id)s"
            " ORDER BY id DESC LIMIT %(limit)s",
            {"id": account_id, "limit": limit},
        ).fetchall()


def is_banned(connection: Connection, settings: Settings, *, address: str, user_name: str) -> bool:
    """Whether this address or this user may not sign in now."""
    return any(
        _latest_ban(connection, settings, subject, value)
        for subject, value in _subjects(address, user_name)
    )


def refuse_sign_in(
    connection: Connection, settings: Settings, event: AccessEvent
) -> tuple[Subject, ...]:
    """Record a refused sign-in and ban whom it was one too many of; the caller commits.

    Returns:
        What was banned by it.
    """
    record(connection, event)
    banned: list[Subject] = []
    for subject, value in _subjects(event.address or "", event.user_name or ""):
        if _failures(connection, settings, subject, value) < settings.sftp_max_failures:
            continue
        ban = AccessEvent(
            "ban",
            address=event.address if subject == "address" else None,
            user_name=value if subject == "user_name" else None,
            detail=f"{settings.sftp_max_failures} wrong passwords",
            door=event.door,
        )
        record(connection, ban)
        banned.append(subject)
    return tuple(banned)


def unban(connection: Connection, *, address: str | None = None, user: str | None = None) -> None:
    """Lift the ban of an address or of a user; failures before it no longer count."""
    record(connection, AccessEvent("unban", address=address, user_name=user))


def list_bans(connection: Connection, settings: Settings) -> list[AccessEvent]:
    """The bans that hold now, the newest first."""
    with connection.cursor(row_factory=class_row(AccessEvent)) as cursor:
        return cursor.execute(
            "SELECT action, account_id, user_name, address, refused, file_name, byte_count, detail,"
            " at, door FROM access_event b WHERE action = 'ban'"
            " AND at > now() - make_interval(secs => %s) AND NOT EXISTS ("
            "  SELECT FROM access_event u WHERE u.action IN ('unban', 'ban') AND u.id > b.id"
            "  AND (u.address = b.address OR u.user_name = b.user_name))"
            " ORDER BY id DESC",
            (settings.sftp_ban_minutes * 60,),
        ).fetchall()


def _subjects(address: str, user_name: str) -> tuple[tuple[Subject, str], tuple[Subject, str]]:
    return ("address", address), ("user_name", user_name)


def _latest_ban(connection: Connection, settings: Settings, subject: Subject, value: str) -> bool:
    found = connection.execute(
        sql.SQL(
            "SELECT action = 'ban' FROM access_event WHERE {} = %s"
            " AND action IN ('ban', 'unban') AND at > now() - make_interval(secs => %s)"
            " ORDER BY id DESC LIMIT 1"
        ).format(sql.Identifier(subject)),
        (value, settings.sftp_ban_minutes * 60),
    ).fetchone()
    return found is not None and bool(found[0])


def _failures(connection: Connection, settings: Settings, subject: Subject, value: str) -> int:
    """Refused sign-ins of the last minutes, since the subject was last banned or unbanned."""
    found = connection.execute(
        sql.SQL(
            "SELECT count(*) FROM access_event e WHERE {subject} = %(value)s"
            " AND action = 'sign_in' AND refused AND at > now() - make_interval(secs => %(secs)s)"
            " AND id > coalesce((SELECT max(id) FROM access_event"
            "  WHERE {subject} = %(value)s AND action IN ('ban', 'unban')), 0)"
        ).format(subject=sql.Identifier(subject)),
        {"value": value, "secs": settings.sftp_ban_minutes * 60},
    ).fetchone()
    return int(found[0]) if found else 0

"""Bans after too many wrong passwords, as the activity log records them.

A ban is an event of the log, so it survives a restart, expires by itself, and can be explained:
a `ban` event holds for `sftp_ban_minutes`, unless an `unban` of the same subject follows. Too many
refused sign-ins within as many minutes, from one address or for one user, lead to a ban.
"""

from typing import Literal

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.activity_log import AccessEvent, record
from registry.database.statements import Statements
from registry.settings.sftp import SftpSettings

Subject = Literal["address", "user_name"]
"""What can be banned, named as the column that holds it: an address, or a name of a user."""

_SQL = Statements(__file__)


def is_banned(
    connection: Connection, settings: SftpSettings, *, address: str, user_name: str
) -> bool:
    """Whether this address or this user may not sign in now."""
    return any(
        _latest_ban(connection, settings, subject, value)
        for subject, value in _subjects(address, user_name)
    )


def refuse_sign_in(
    connection: Connection, settings: SftpSettings, event: AccessEvent
) -> tuple[Subject, ...]:
    """Record a refused sign-in, and ban its address or user where it was one too many.

    The caller commits.

    Returns:
        What was banned: `("address",)`, `("user_name",)`, both, or nothing.
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


def list_bans(connection: Connection, settings: SftpSettings) -> list[AccessEvent]:
    """The bans that hold now, the newest first."""
    with connection.cursor(row_factory=class_row(AccessEvent)) as cursor:
        return cursor.execute(
            _SQL["list_current_bans"], {"ban_seconds": settings.sftp_ban_minutes * 60}
        ).fetchall()


def _subjects(address: str, user_name: str) -> tuple[tuple[Subject, str], tuple[Subject, str]]:
    return ("address", address), ("user_name", user_name)


def _latest_ban(
    connection: Connection, settings: SftpSettings, subject: Subject, value: str
) -> bool:
    found = connection.execute(
        f"SELECT action = 'ban' FROM access_event WHERE {subject} = %s"
        " AND action IN ('ban', 'unban') AND at > now() - make_interval(secs => %s)"
        " ORDER BY id DESC LIMIT 1",
        (value, settings.sftp_ban_minutes * 60),
    ).fetchone()
    return found is not None and bool(found[0])


def _failures(connection: Connection, settings: SftpSettings, subject: Subject, value: str) -> int:
    """Refused sign-ins of the last minutes, since the subject was last banned or unbanned."""
    found = connection.execute(
        _SQL["count_refused_sign_ins"].format(subject=subject),
        {"value": value, "ban_seconds": settings.sftp_ban_minutes * 60},
    ).fetchone()
    return int(found[0]) if found else 0

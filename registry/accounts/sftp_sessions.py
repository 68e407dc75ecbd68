"""Live sessions of SFTP: connections over which somebody is signed in, of all server processes.

The process that serves a session writes its row, says from time to time that it lives, and ends it
within seconds once somebody asks for it here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.database.statements import Statements

SAID_TO_LIVE_SECONDS = 20.0
"""How often a process says that its sessions live."""

DEAD_AFTER_SECONDS = 90.0
"""After how long without it a session counts as over: its process was killed."""

_SQL = Statements(__file__)


@dataclass(frozen=True)
class LiveSession:
    """One connection. `signed_in_by` is `password`, or the fingerprint of a key."""

    id: UUID
    account_id: int
    user_name: str
    address: str
    signed_in_by: str
    began_at: datetime
    ended_by: str | None = None


_COLUMNS = ", ".join(LiveSession.__dataclass_fields__)


def say_they_live(connection: Connection, sessions: Sequence[LiveSession]) -> None:
    """Write sessions that are new, and note that all of them live. The caller commits."""
    with connection.cursor() as cursor:
        cursor.executemany(
            _SQL["keep_session"],
            [
                {name: getattr(each, name) for name in LiveSession.__dataclass_fields__}
                for each in sessions
            ],
        )


def wanted_to_end(connection: Connection, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Those of these sessions that somebody asked to end, with who did."""
    return dict(
        connection.execute(
            "SELECT id, ended_by FROM sftp_session WHERE id = ANY(%s) AND ended_by IS NOT NULL",
            (list(ids),),
        ).fetchall()
    )


def forget_session(connection: Connection, session_id: UUID) -> None:
    """The session is over. The caller commits."""
    connection.execute("DELETE FROM sftp_session WHERE id = %s", (session_id,))


def forget_dead_sessions(connection: Connection) -> None:
    """Delete sessions of processes that were killed. The caller commits."""
    connection.execute(
        "DELETE FROM sftp_session WHERE seen_at < now() - make_interval(secs => %s)",
        (DEAD_AFTER_SECONDS,),
    )


def list_sessions(connection: Connection, account: Account | None = None) -> list[LiveSession]:
    """Live sessions of one account or of all, the oldest first."""
    with connection.cursor(row_factory=class_row(LiveSession)) as cursor:
        return cursor.execute(
            _SQL["list_live_sessions"].format(columns=_COLUMNS),
            {"account": account.id if account else None, "seconds": DEAD_AFTER_SECONDS},
        ).fetchall()


def count_sessions(connection: Connection, account: Account) -> int:
    """How many live sessions the account has, at all server processes together."""
    return len(list_sessions(connection, account))


def ask_to_end(
    connection: Connection, by: str, *, user_name: str, session_id: UUID | None = None
) -> int:
    """Ask that the sessions of a user end, or one of them. The caller commits. Returns how many."""
    return connection.execute(
        "UPDATE sftp_session SET ended_by = %(by)s WHERE user_name = %(user)s"
        " AND (%(id)s::uuid IS NULL OR id = %(id)s)",
        {"by": by, "user": user_name, "id": session_id},
    ).rowcount

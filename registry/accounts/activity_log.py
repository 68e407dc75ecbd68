"""The activity log of SFTP, portal and API: who signed in, what they did, what was refused.

Of API calls it has what they change, and once a day from where a key is used.

Events are only ever added. `registry.accounts.bans` reads bans from it.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements

_SQL = Statements(__file__)


@dataclass(frozen=True)
class AccessEvent:
    """One thing that happened, over SFTP, in the portal or over the API (`door`).

    `detail` is in our own words, never a patient's value.
    """

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


def came_in_lately(
    connection: Connection, account_id: int, user_name: str, address: str, *, door: str
) -> bool:
    """Whether the log has a sign-in of the last 24 hours of this user at this address."""
    found = connection.execute(
        "SELECT FROM access_event WHERE account_id = %s AND at > now() - interval '1 day'"
        " AND action = 'sign_in' AND user_name = %s AND address = %s AND door = %s LIMIT 1",
        (account_id, user_name, address, door),
    ).fetchone()
    return found is not None


def record(connection: Connection, event: AccessEvent) -> None:
    """Add an event to the log, dated by the database; the caller commits."""
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


def record_unless_lately(connection: Connection, event: AccessEvent, within: timedelta) -> None:
    """Add an event of an account's user unless the log has it within this time; the caller commits.

    Address and file name are not compared: who goes on elsewhere does the same.
    """
    connection.execute(_SQL["record_unless_lately"], asdict(event) | {"within": within})


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

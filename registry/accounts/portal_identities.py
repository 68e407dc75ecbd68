"""Who users are at the provider of single sign-on: its name for them, which never changes.

An e-mail address may be given to somebody else there, so it leads to a user only once.
"""

from datetime import datetime

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.portal_users import User

_USER_COLUMNS = ", ".join(User.__dataclass_fields__)


def find_identified_user(connection: Connection, issuer: str, subject: str) -> User | None:
    """The user who has this name at the provider."""
    with connection.cursor(row_factory=class_row(User)) as cursor:
        return cursor.execute(
            f"SELECT {_USER_COLUMNS} FROM portal_person_of_identity(%s, %s)",
            (issuer, subject),
        ).fetchone()


def link_identity(
    connection: Connection, user: User, issuer: str, subject: str, now: datetime
) -> bool:
    """Let the user be known by this name; False where they have another one there."""
    linked = connection.execute(
        "INSERT INTO portal_identity (issuer, subject, user_id, linked_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (issuer, subject, user.id, now),
    )
    return linked.rowcount == 1


def unlink_identities(connection: Connection, user: User) -> int:
    """Forget who the user is at providers; returns at how many."""
    return connection.execute("DELETE FROM portal_identity WHERE user_id = %s", (user.id,)).rowcount

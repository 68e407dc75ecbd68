"""Links with which users set a password: they expire, and are used once.

A link is 256 random bits, of which the sha256 is stored. It belongs to a generation of its user's
sessions, so a new password, however it came about, ends all of a user's links.
"""

import hashlib
import secrets
from datetime import datetime

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.portal_users import User
from registry.database.statements import Statements

_RANDOM_BYTES = 32
_USER_COLUMNS = ", ".join(f"portal_user.{name}" for name in User.__dataclass_fields__)
_SQL = Statements(__file__)


def make_link(connection: Connection, user: User, expires_at: datetime) -> str:
    """The token of a new link; the caller commits."""
    token = secrets.token_urlsafe(_RANDOM_BYTES)
    connection.execute(
        "INSERT INTO portal_link (sha256, user_id, generation, expires_at) VALUES (%s, %s, %s, %s)",
        (_hash(token), user.id, user.session_generation, expires_at),
    )
    return token


def find_linked_user(connection: Connection, token: str, now: datetime) -> User | None:
    """Whose link this is, unless it is over."""
    with connection.cursor(row_factory=class_row(User)) as cursor:
        return cursor.execute(
            _SQL["find_linked_user"].format(user_columns=_USER_COLUMNS),
            {"sha256": _hash(token), "now": now},
        ).fetchone()


def use_link(connection: Connection, token: str) -> bool:
    """Use a link up; False where another request did so first."""
    used = connection.execute("DELETE FROM portal_link WHERE sha256 = %s", (_hash(token),))
    return used.rowcount == 1


def delete_old_links(connection: Connection, now: datetime) -> int:
    """Remove links that expired; returns how many."""
    return connection.execute("DELETE FROM portal_link WHERE expires_at <= %s", (now,)).rowcount


def _hash(token: str) -> str:
    # Unsalted and fast on purpose, as for sessions: 256 random bits are not guessed.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

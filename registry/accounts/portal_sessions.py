"""Sessions of the portal: who is signed in, kept as rows, so that they can be ended at once.

The cookie is 256 random bits, of which only the sha256 is stored: it cannot be guessed, and what
is stored lets nobody in. All of this looks across accounts, so it runs outside the walls.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import dict_row

from registry.accounts.portal_users import PERMISSIONS, User
from registry.settings import Settings

MAX_COUNTED_PAIRS = 1_000

_RANDOM_BYTES = 32
_SEEN_IS_NOTED_EVERY = timedelta(minutes=1)
_REVIEWING = ", ".join(f"'{role}'" for role, may in PERMISSIONS.items() if "review" in may)
_WAITING_PAIRS = f"""
CASE WHEN u.role IN ({_REVIEWING}) THEN (
    SELECT count(*) FROM (
        SELECT FROM review r WHERE r.account_id = s.account_id AND r.state = 'open'
        LIMIT {MAX_COUNTED_PAIRS}
    ) waiting
) ELSE 0 END
"""
_USER_COLUMNS = ", ".join(f"u.{name}" for name in User.__dataclass_fields__)


@dataclass(frozen=True)
class Session:
    """A user who is signed in; `account_id` is the one whose pages they see, if any yet.

    `waiting_pairs` is how many pairs of that account wait for a judgement, where the user may give
    one: every page says so, and so it comes with the session. At most `MAX_COUNTED_PAIRS`.
    """

    sha256: str
    user: User
    csrf_token: str
    account_id: int | None
    waiting_pairs: int = 0


def open_session(connection: Connection, user: User, now: datetime) -> str:
    """Begin a session; returns the cookie. The caller commits."""
    cookie = secrets.token_urlsafe(_RANDOM_BYTES)
    connection.execute(
        "INSERT INTO portal_session (sha256, user_id, csrf_token, account_id, created_at, seen_at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (_hash(cookie), user.id, secrets.token_urlsafe(_RANDOM_BYTES), user.account_id, now, now),
    )
    connection.execute("UPDATE portal_user SET signed_in_at = %s WHERE id = %s", (now, user.id))
    return cookie


def find_session(
    connection: Connection, settings: Settings, cookie: str, now: datetime
) -> Session | None:
    """The session with this cookie, unless it is over; notes that it is used, to the minute."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "SELECT s.sha256, s.csrf_token, s.account_id AS at_account, s.seen_at,"
            f" {_WAITING_PAIRS} AS waiting_pairs,"
            f" {_USER_COLUMNS} FROM portal_session s JOIN portal_user u ON u.id = s.user_id"
            " WHERE s.sha256 = %s AND NOT u.disabled AND s.seen_at > %s AND s.created_at > %s",
            (_hash(cookie), now - idle_time(settings), now - longest_time(settings)),
        ).fetchone()
    if row is None:
        return None
    if now - row["seen_at"] >= _SEEN_IS_NOTED_EVERY:
        connection.execute(
            "UPDATE portal_session SET seen_at = %s WHERE sha256 = %s", (now, row["sha256"])
        )
    user = User(**{name: row[name] for name in User.__dataclass_fields__})
    return Session(row["sha256"], user, row["csrf_token"], row["at_account"], row["waiting_pairs"])


def enter_account(connection: Connection, session: Session, account_id: int | None) -> None:
    """Let an operator look at an account, or at none."""
    connection.execute(
        "UPDATE portal_session SET account_id = %s WHERE sha256 = %s",
        (account_id, session.sha256),
    )


def end_session(connection: Connection, session: Session) -> None:
    """Sign out."""
    connection.execute("DELETE FROM portal_session WHERE sha256 = %s", (session.sha256,))


def end_sessions_of(connection: Connection, user: User, *, but: Session | None = None) -> None:
    """Sign a user out everywhere, `but` for one session."""
    connection.execute(
        "DELETE FROM portal_session WHERE user_id = %s AND sha256 <> %s",
        (user.id, but.sha256 if but else ""),
    )


def delete_expired(connection: Connection, settings: Settings, now: datetime) -> int:
    """Remove sessions that are over; returns how many."""
    return connection.execute(
        "DELETE FROM portal_session WHERE seen_at <= %s OR created_at <= %s",
        (now - idle_time(settings), now - longest_time(settings)),
    ).rowcount


def idle_time(settings: Settings) -> timedelta:
    """How long a session may do nothing."""
    return timedelta(minutes=settings.session_idle_minutes)


def longest_time(settings: Settings) -> timedelta:
    """How long a session lasts at most."""
    return timedelta(hours=settings.session_hours)


def _hash(cookie: str) -> str:
    # Unsalted and fast on purpose, as for API keys: 256 random bits are not guessed.
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()

"""Sessions of the portal: who is signed in, kept as rows, so that they can be ended at once.

The cookie is 256 random bits, of which only the sha256 is stored: it cannot be guessed, and nobody
can sign in with what is stored. A session is read before its account is known, so all of this runs
outside row-level security.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import class_row, dict_row

from registry.accounts.portal_users import PERMISSIONS, User
from registry.accounts.sign_in_rules import Method, SignInRules, Step, rules_from
from registry.database.statements import Statements
from registry.settings.portal import PortalSettings

MAX_COUNTED_PAIRS = 1_000

_RANDOM_BYTES = 32
_SEEN_IS_NOTED_EVERY = timedelta(minutes=1)
_REVIEWING_ROLES = [role for role, may in PERMISSIONS.items() if "review" in may]
_USER_COLUMNS = ", ".join(f"portal_user.{name}" for name in User.__dataclass_fields__)
_SQL = Statements(__file__)


@dataclass(frozen=True)
class SignedIn:
    """How and where somebody signed in; `browser` is what it says of itself."""

    method: Method = "password"
    has_second_factor: bool = False
    address: str | None = None
    browser: str | None = None


@dataclass(frozen=True)
class Session:
    """A user who is signed in; `account_id` is the one whose pages they see, if any yet.

    `step` is what they must do before they see any page; None where nothing is left to do.
    `waiting_pairs` is how many pairs and changed identities of that account wait for a judgement,
    at most `MAX_COUNTED_PAIRS`; 0 where the user may not judge. Every page shows it, so it comes
    with the session.
    """

    sha256: str
    user: User
    csrf_token: str
    account_id: int | None
    waiting_pairs: int
    how: SignedIn
    rules: SignInRules
    step: Step | None


@dataclass(frozen=True)
class SessionLine:
    """A session as its user sees it in the list of their own."""

    id: int
    sha256: str
    method: Method
    address: str | None
    browser: str | None
    created_at: datetime
    seen_at: datetime


def open_session(
    connection: Connection, user: User, now: datetime, how: SignedIn | None = None
) -> str:
    """Begin a session; returns the cookie. The caller commits."""
    cookie = secrets.token_urlsafe(_RANDOM_BYTES)
    connection.execute(
        _SQL["open_session"],
        {
            "sha256": _hash(cookie),
            "user_id": user.id,
            "csrf_token": secrets.token_urlsafe(_RANDOM_BYTES),
            "account_id": user.account_id,
            "generation": user.session_generation,
            "now": now,
        }
        | (how or SignedIn()).__dict__,
    )
    connection.execute("UPDATE portal_user SET signed_in_at = %s WHERE id = %s", (now, user.id))
    return cookie


def find_session(
    connection: Connection,
    settings: PortalSettings,
    cookie: str,
    now: datetime,
    *,
    unfinished: bool = False,
) -> Session | None:
    """The session with this cookie, unless it is over; notes that it is used, to the minute.

    A session whose user must do a step first is none, unless `unfinished` ones are asked for.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            _SQL["find_session"].format(user_columns=_USER_COLUMNS),
            {
                "sha256": _hash(cookie),
                "seen_after": now - idle_time(settings),
                "created_after": now - longest_time(settings),
                "reviewing_roles": _REVIEWING_ROLES,
                "max_pairs": MAX_COUNTED_PAIRS,
            },
        ).fetchone()
    if row is None:
        return None
    user = User(**{name: row[name] for name in User.__dataclass_fields__})
    how = SignedIn(row["method"], row["has_second_factor"], row["address"], row["browser"])
    rules = rules_from(settings, row["account_settings"] if user.account_id else None)
    step = rules.next_step(user, how.method, has_second_factor=how.has_second_factor)
    if not rules.allow(how.method) or (step and not unfinished):
        return None
    if now - row["seen_at"] >= _SEEN_IS_NOTED_EVERY:
        connection.execute(
            "UPDATE portal_session SET seen_at = %s WHERE sha256 = %s", (now, row["sha256"])
        )
    return Session(
        row["sha256"],
        user,
        row["csrf_token"],
        row["at_account"],
        row["waiting_pairs"],
        how,
        rules,
        step,
    )


def list_sessions(
    connection: Connection, settings: PortalSettings, user: User, now: datetime
) -> list[SessionLine]:
    """The user's sessions that are not over, the one that was used last first."""
    with connection.cursor(row_factory=class_row(SessionLine)) as cursor:
        return cursor.execute(
            _SQL["list_sessions"],
            {
                "user_id": user.id,
                "generation": user.session_generation,
                "seen_after": now - idle_time(settings),
                "created_after": now - longest_time(settings),
            },
        ).fetchall()


def keep_session(connection: Connection, session: Session) -> None:
    """Let this session live on, where a change of its user ended all of theirs."""
    connection.execute(
        "UPDATE portal_session SET generation = portal_user.session_generation FROM portal_user"
        " WHERE portal_user.id = portal_session.user_id AND sha256 = %s",
        (session.sha256,),
    )


def enter_account(connection: Connection, session: Session, account_id: int | None) -> None:
    """Let an operator look at an account, or at none."""
    connection.execute(
        "UPDATE portal_session SET account_id = %s WHERE sha256 = %s",
        (account_id, session.sha256),
    )


def end_session(connection: Connection, session: Session) -> None:
    """Sign out."""
    connection.execute("DELETE FROM portal_session WHERE sha256 = %s", (session.sha256,))


def note_second_factor(connection: Connection, session: Session) -> None:
    """Note that a code was given in this session."""
    connection.execute(
        "UPDATE portal_session SET has_second_factor = true WHERE sha256 = %s", (session.sha256,)
    )


def end_session_by_id(connection: Connection, user: User, session_id: int) -> bool:
    """End one of the user's own sessions; whether there was one with this id."""
    ended = connection.execute(
        "DELETE FROM portal_session WHERE user_id = %s AND id = %s", (user.id, session_id)
    )
    return ended.rowcount > 0


def end_sessions_of(connection: Connection, user: User, *, but: Session | None = None) -> None:
    """Sign a user out everywhere, `but` for one session."""
    connection.execute(
        "DELETE FROM portal_session WHERE user_id = %s AND sha256 <> %s",
        (user.id, but.sha256 if but else ""),
    )


def delete_expired(connection: Connection, settings: PortalSettings, now: datetime) -> int:
    """Remove sessions that are over; returns how many."""
    return connection.execute(
        "DELETE FROM portal_session WHERE seen_at <= %s OR created_at <= %s",
        (now - idle_time(settings), now - longest_time(settings)),
    ).rowcount


def idle_time(settings: PortalSettings) -> timedelta:
    """How long a session may do nothing."""
    return timedelta(minutes=settings.session_idle_minutes)


def longest_time(settings: PortalSettings) -> timedelta:
    """How long a session lasts at most."""
    return timedelta(hours=settings.session_hours)


def _hash(cookie: str) -> str:
    # Unsalted and fast on purpose, as for API keys: 256 random bits are not guessed.
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()

"""Users of the portal, and what each role may do there."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from schemas.errors import NotAllowed, NotFound

Role = Literal["viewer", "importer", "reviewer", "admin", "operator"]
Permission = Literal["see", "download", "import", "review", "manage", "operate"]

PERMISSIONS: dict[str, frozenset[Permission]] = {
    "viewer": frozenset({"see"}),
    "importer": frozenset({"see", "download", "import"}),
    "reviewer": frozenset({"see", "download", "review"}),
    "admin": frozenset({"see", "download", "import", "review", "manage"}),
    "operator": frozenset({"see", "download", "import", "review", "manage", "operate"}),
}
ACCOUNT_ROLES = ("viewer", "importer", "reviewer", "admin")

NAME = re.compile(r"[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)*")
MAX_NAME_CHARACTERS = 254


@dataclass(frozen=True)
class User:
    """Somebody who can sign in; an operator has no account of their own and may enter each.

    A session or a link of an earlier `session_generation` is over. `second_factor_at` is since when
    a code is asked for.
    """

    id: int
    account_id: int | None
    name: str
    role: Role
    has_password: bool
    disabled: bool
    created_at: datetime
    signed_in_at: datetime | None
    must_change_password: bool
    session_generation: int
    second_factor_at: datetime | None

    def may(self, permission: Permission) -> bool:
        """Whether the user's role allows this."""
        return permission in PERMISSIONS[self.role]


@dataclass(frozen=True)
class Passwords:
    """A user's passwords as argon2 hashes: the present one, if any, and those before it."""

    present: str | None = field(repr=False)
    past: list[str] = field(repr=False)


def roles_with(permission: Permission) -> list[str]:
    """The roles that have a permission; operators, who have all, only where nobody else has it."""
    return [role for role in ACCOUNT_ROLES if permission in PERMISSIONS[role]] or ["operator"]


_COLUMNS = ", ".join(User.__dataclass_fields__)


def add_user(
    connection: Connection,
    account: Account | None,
    name: str,
    role: str,
    password_hash: str | None,
    *,
    must_change_password: bool = False,
) -> User:
    """Create a user of an account, or an operator where there is none.

    Without a hash, the user sets a password by a link, or comes by single sign-on.

    Raises:
        NotAllowed: the name is malformed or taken, or the role is not for such a user.
    """
    name = name.strip().lower()
    if not NAME.fullmatch(name) or len(name) > MAX_NAME_CHARACTERS:
        raise NotAllowed(f"user name {name!r} must be an e-mail address, e.g. ada@clinic.example")
    require_role(role, operator=account is None)
    try:
        with connection.transaction():
            connection.execute(
                "INSERT INTO portal_user"
                " (account_id, name, role, password_hash, must_change_password)"
                " VALUES (%s, %s, %s, %s, %s)",
                (account.id if account else None, name, role, password_hash, must_change_password),
            )
    except UniqueViolation as error:
        raise NotAllowed(f"there is already a user {name!r}; choose another name") from error
    return get_user(connection, name)


def require_role(role: str, *, operator: bool) -> None:
    """Check that a role is one for this sort of user.

    Raises:
        NotAllowed: it is not.
    """
    if operator and role != "operator":
        raise NotAllowed(f"a user without an account is an operator, not {role!r}")
    if not operator and role not in ACCOUNT_ROLES:
        raise NotAllowed(f"role {role!r} must be one of: {', '.join(ACCOUNT_ROLES)}")


def find_user(connection: Connection, name: str) -> User | None:
    """The user with this name, in any case of letters, if there is one."""
    with connection.cursor(row_factory=class_row(User)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM portal_user WHERE name = %s", (name.strip().lower(),)
        ).fetchone()


def find_person(connection: Connection, name: str) -> User | None:
    """As `find_user`, for who signs in: before an account is known, among the users of all."""
    with connection.cursor(row_factory=class_row(User)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM portal_person_named(%s)", (name.strip().lower(),)
        ).fetchone()


def read_passwords(connection: Connection, name: str) -> Passwords:
    """The passwords of the user with this name, none if there is no such user.

    For judging one: the walled role may not read them.
    """
    found = connection.execute("SELECT * FROM portal_passwords_of(%s)", (name,)).fetchone()
    return Passwords(*found) if found else Passwords(None, [])


def get_user(connection: Connection, name: str) -> User:
    """The user with this name.

    Raises:
        NotFound: there is none.
    """
    user = find_user(connection, name)
    if user is None:
        raise NotFound(f"there is no user {name!r}")
    return user


def list_users(connection: Connection, account: Account | None = None) -> list[User]:
    """The users of one account, or all with the operators, by name."""
    with connection.cursor(row_factory=class_row(User)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM portal_user"
            " WHERE %(id)s::int IS NULL OR account_id = %(id)s ORDER BY name",
            {"id": account.id if account else None},
        ).fetchall()


def set_password_hash(
    connection: Connection, user: User, password_hash: str, *, must_change: bool = False
) -> None:
    """Replace the user's password; all of their sessions and links are over.

    `must_change`: somebody else knows it, so the user has to choose another one.
    """
    # The trigger `keep_past_password` keeps the one before.
    connection.execute(
        "UPDATE portal_user SET password_hash = %s, must_change_password = %s,"
        " session_generation = session_generation + 1 WHERE id = %s",
        (password_hash, must_change, user.id),
    )


def set_role(connection: Connection, user: User, role: str) -> None:
    """Give the user another role, from the next request on.

    Raises:
        NotAllowed: the role is not for such a user, or nobody would be left to manage the account.
    """
    require_role(role, operator=user.account_id is None)
    if role != "admin":
        _require_another_admin(connection, user)
    connection.execute("UPDATE portal_user SET role = %s WHERE id = %s", (role, user.id))


def set_disabled(connection: Connection, user: User, *, disabled: bool) -> None:
    """Disable the user from the next request on, or enable them again; their sessions are over.

    Raises:
        NotAllowed: nobody would manage the account.
    """
    if disabled:
        _require_another_admin(connection, user)
    connection.execute(
        "UPDATE portal_user SET disabled = %s, session_generation = session_generation + 1"
        " WHERE id = %s",
        (disabled, user.id),
    )


def remove_user(connection: Connection, user: User) -> None:
    """Remove the user with their sessions; the activity log keeps what they did.

    Raises:
        NotAllowed: nobody would manage the account.
    """
    _require_another_admin(connection, user)
    connection.execute("DELETE FROM portal_user WHERE id = %s", (user.id,))


def _require_another_admin(connection: Connection, user: User) -> None:
    if user.role != "admin" or user.disabled:
        return
    others = connection.execute(
        "SELECT FROM portal_user WHERE account_id = %s AND role = 'admin' AND NOT disabled"
        " AND id <> %s FOR UPDATE",
        (user.account_id, user.id),
    ).fetchall()
    if not others:
        raise NotAllowed(f"{user.name} is the last admin of this account; make another one first")

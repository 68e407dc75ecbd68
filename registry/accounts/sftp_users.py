"""Users of SFTP: whose account they belong to, their password hashes and public keys."""

import re
from dataclasses import dataclass, field

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from schemas.errors import NotAllowed, NotFound

NAME = re.compile(r"[a-z][a-z0-9._-]{0,31}")


@dataclass(frozen=True)
class SftpUser:
    """A name that can sign in, and the account whose two folders it then sees."""

    id: int
    account_id: int
    name: str
    password_hash: str | None = field(repr=False)
    disabled: bool


@dataclass(frozen=True)
class SftpKey:
    """A public key of a user, as OpenSSH writes it."""

    fingerprint: str
    public_key: str


_COLUMNS = "id, account_id, name, password_hash, disabled"


def add_user(connection: Connection, account: Account, name: str) -> SftpUser:
    """Create a user that cannot sign in yet: neither password nor key.

    Raises:
        NotAllowed: the name is malformed or taken.
    """
    if not NAME.fullmatch(name):
        raise NotAllowed(
            f"user name {name!r} must be 1 to 32 of a-z, 0-9, . _ and -, starting with a letter"
        )
    try:
        with connection.transaction():
            connection.execute(
                "INSERT INTO sftp_user (account_id, name) VALUES (%s, %s)", (account.id, name)
            )
    except UniqueViolation as error:
        raise NotAllowed(f"there is already an SFTP user {name!r}; choose another name") from error
    return get_user(connection, name)


def find_user(connection: Connection, name: str) -> SftpUser | None:
    """The user with this name, if there is one."""
    with connection.cursor(row_factory=class_row(SftpUser)) as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM sftp_user WHERE name = %s", (name,))
        return cursor.fetchone()


def get_user(connection: Connection, name: str) -> SftpUser:
    """The user with this name.

    Raises:
        NotFound: there is none; the message lists those there are.
    """
    user = find_user(connection, name)
    if user is None:
        names = ", ".join(each.name for each in list_users(connection)) or "none yet"
        raise NotFound(f"there is no SFTP user {name!r}; known users: {names}")
    return user


def list_users(connection: Connection, account: Account | None = None) -> list[SftpUser]:
    """The users of one account or of all, by name."""
    account_id = account.id if account else None
    with connection.cursor(row_factory=class_row(SftpUser)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM sftp_user"
            " WHERE %(id)s::int IS NULL OR account_id = %(id)s ORDER BY name",
            {"id": account_id},
        ).fetchall()


def set_password_hash(connection: Connection, user: SftpUser, password_hash: str | None) -> None:
    """Replace the user's password; with None, the user signs in with keys only."""
    connection.execute(
        "UPDATE sftp_user SET password_hash = %s WHERE id = %s", (password_hash, user.id)
    )


def set_disabled(connection: Connection, user: SftpUser, *, disabled: bool) -> None:
    """Disable the user, or enable them again; open sessions end when they next check."""
    connection.execute("UPDATE sftp_user SET disabled = %s WHERE id = %s", (disabled, user.id))


def add_key(connection: Connection, user: SftpUser, key: SftpKey) -> None:
    """Allow a public key; one that is allowed already stays as it is."""
    connection.execute(
        "INSERT INTO sftp_key (user_id, fingerprint, public_key) VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (user.id, key.fingerprint, key.public_key),
    )


def remove_key(connection: Connection, user: SftpUser, fingerprint: str) -> None:
    """Allow a public key no longer.

    Raises:
        NotFound: the user has no such key.
    """
    removed = connection.execute(
        "DELETE FROM sftp_key WHERE user_id = %s AND fingerprint = %s", (user.id, fingerprint)
    )
    if removed.rowcount == 0:
        raise NotFound(f"SFTP user {user.name!r} has no key {fingerprint}")


def list_keys(connection: Connection, user: SftpUser) -> list[SftpKey]:
    """The user's keys, the oldest first."""
    with connection.cursor(row_factory=class_row(SftpKey)) as cursor:
        return cursor.execute(
            "SELECT fingerprint, public_key FROM sftp_key WHERE user_id = %s ORDER BY created_at",
            (user.id,),
        ).fetchall()

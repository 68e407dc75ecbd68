"""Users of SFTP: whose account they belong to, their password hashes and public keys."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row, dict_row

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from schemas.errors import NotAllowed, NotFound

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NOBODY = 0
"""An id that no user has."""

_SQL = Statements(__file__)

NAME = re.compile(r"[a-z][a-z0-9._-]{0,31}")


@dataclass(frozen=True)
class SftpUser:
    """A name that can sign in, and the account whose two folders it then sees."""

    id: int
    account_id: int
    name: str
    has_password: bool
    disabled: bool
    allowed_networks: Sequence[Network] = ()

    def may_come_from(self, address: str) -> bool:
        """Whether the user may sign in from this address; without networks, from any."""
        if not self.allowed_networks:
            return True
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
            found = found.ipv4_mapped
        return any(found in network for network in self.allowed_networks)


@dataclass(frozen=True)
class SftpKey:
    """A public key of a user, as OpenSSH writes it."""

    fingerprint: str
    public_key: str

    @property
    def comment(self) -> str:
        """What its owner wrote behind it, mostly whose it is and of which machine; may be empty."""
        text = self.public_key.split(maxsplit=2)[2:]
        return "".join(c if c.isprintable() else "?" for c in "".join(text))[:MAX_COMMENT]

    @property
    def shown(self) -> str:
        """Fingerprint and comment, as people read it."""
        return f"{self.fingerprint} {self.comment}".rstrip()


@dataclass(frozen=True)
class Credentials:
    """What a user may sign in with now, and from where; the password as its argon2 hash."""

    user: SftpUser
    password_hash: str | None = field(repr=False)
    fingerprints: frozenset[str]


MAX_COMMENT = 100

_COLUMNS = "id, account_id, name, has_password, disabled, allowed_networks"


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
    """Disable the user, or enable them again; open sessions end within seconds."""
    connection.execute("UPDATE sftp_user SET disabled = %s WHERE id = %s", (disabled, user.id))


def set_allowed_networks(connection: Connection, user: SftpUser, written: Sequence[str]) -> None:
    """Let the user sign in only from these networks; with none, from anywhere.

    Example:
        `["203.0.113.7", "2001:db8:5::/48"]`

    Raises:
        NotAllowed: one of them is not the address of a network.
    """
    connection.execute(
        "UPDATE sftp_user SET allowed_networks = %s::cidr[] WHERE id = %s",
        ([str(_network(each)) for each in written], user.id),
    )


def remove_user(connection: Connection, user: SftpUser) -> None:
    """Remove the user and their keys; open sessions end within seconds, files stay."""
    connection.execute("DELETE FROM sftp_key WHERE user_id = %s", (user.id,))
    connection.execute("DELETE FROM sftp_user WHERE id = %s", (user.id,))


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


def has_key(connection: Connection, user: SftpUser | None, fingerprint: str) -> bool:
    """Whether this is a key of the user's. It takes as long where there is no such user."""
    found = connection.execute(
        "SELECT FROM sftp_key WHERE user_id = %s AND fingerprint = %s",
        (user.id if user else NOBODY, fingerprint),
    ).fetchone()
    return found is not None


def find_credentials(connection: Connection, names: Sequence[str]) -> dict[str, Credentials]:
    """Of each user of these names who is still there, what they may sign in with now."""
    with connection.cursor(row_factory=dict_row) as cursor:
        about = {"names": list(names), "nobody": NOBODY}
        rows = cursor.execute(_SQL["find_credentials"], about).fetchall()
    found = {}
    for row in rows:
        if row["id"] is None:
            continue
        fingerprints, password_hash = frozenset(row.pop("fingerprints")), row.pop("password_hash")
        found[row["name"]] = Credentials(SftpUser(**row), password_hash, fingerprints)
    return found


def list_keys(connection: Connection, user: SftpUser) -> list[SftpKey]:
    """The user's keys, the oldest first."""
    with connection.cursor(row_factory=class_row(SftpKey)) as cursor:
        return cursor.execute(
            "SELECT fingerprint, public_key FROM sftp_key WHERE user_id = %s ORDER BY created_at",
            (user.id,),
        ).fetchall()


def _network(written: str) -> Network:
    try:
        return ipaddress.ip_network(written.strip())
    except ValueError as error:
        raise NotAllowed(
            f"{written!r} is not a network ({error}); write 203.0.113.7 or 203.0.113.0/24"
        ) from error

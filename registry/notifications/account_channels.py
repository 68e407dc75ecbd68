"""Channels of accounts: whom of an account to tell what, and whether at once or once a day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.ids import new_id
from schemas.errors import NotAllowed, NotFound

_SQL = Statements(__file__)

Kind = Literal["finished", "failed", "held", "no_file"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class AccountChannel:
    """An address of an account; it may have a password or token, and is never shown as a whole."""

    id: UUID
    account_id: int
    account: str
    time_zone: str
    name: str
    address: str = field(repr=False)
    kinds: list[Kind]
    daily: bool


@dataclass(frozen=True)
class FileEvent:
    """What became of a file of the last day, in counts; `missing` where that was counted."""

    account_id: int
    kind: Kind
    partition_key: str
    import_id: UUID
    at: datetime
    records: int | None
    created: int | None
    updated: int | None
    unchanged: int | None
    errored: int | None
    missing: int | None


def list_channels(connection: Connection, account_id: int | None = None) -> list[AccountChannel]:
    """The channels of one account, or of all, by account and name."""
    with connection.cursor(row_factory=class_row(AccountChannel)) as cursor:
        return cursor.execute(_SQL["list_account_channels"], {"account": account_id}).fetchall()


def add_channel(  # noqa: PLR0913 - one row
    connection: Connection,
    account: Account,
    name: str,
    address: str,
    kinds: Sequence[Kind],
    now: datetime,
    *,
    daily: bool,
) -> None:
    """Add a channel of the account; the caller commits.

    Raises:
        NotAllowed: the account has one of this name.
    """
    try:
        with connection.transaction():
            connection.execute(
                "INSERT INTO account_channel (id, account_id, name, address, kinds, daily)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                (new_id(now), account.id, name, address, list(kinds), daily),
            )
    except UniqueViolation:
        raise NotAllowed(f"account {account.name!r} has a channel {name!r} already") from None


def remove_channel(connection: Connection, account: Account, name: str) -> None:
    """Remove a channel of the account; the caller commits.

    Raises:
        NotFound: it has none of this name.
    """
    gone = connection.execute(
        "DELETE FROM account_channel WHERE account_id = %s AND name = %s", (account.id, name)
    ).rowcount
    if not gone:
        raise NotFound(f"account {account.name!r} has no channel {name!r}")


def list_file_events(connection: Connection, now: datetime) -> list[FileEvent]:
    """What became of files in the 24 hours before `now`, of accounts with a channel, in order."""
    with connection.cursor(row_factory=class_row(FileEvent)) as cursor:
        return cursor.execute(_SQL["list_file_events"], {"now": now}).fetchall()

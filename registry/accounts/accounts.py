"""Accounts and what belongs to them: facilities, cohorts, settings."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from registry.ids import new_id
from schemas.catalogue import get_format
from schemas.errors import NotAllowed, NotFound
from schemas.formats import Format

Cadence = Literal["nightly", "on_arrival"]
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True)
class Account:
    """A customer; patients of two accounts never meet.

    `settings` may hold `risk_levels` (list of text), `lenient` (bool), `identity_change_percent`,
    `link_above` (numbers; `registry/decisions/automatic_links.py`), `quota_bytes` (number;
    `registry/landing/storage_quota.py`), `need_second_factor` and `single_sign_on`
    (`registry/accounts/sign_in_rules.py`). `registry_version` counts what was written to its
    patients: imports and what people decided or set.
    """

    id: int
    name: str
    format: str
    time_zone: str
    cadence: Cadence
    settings: dict[str, Any]
    registry_version: int

    @property
    def zone(self) -> ZoneInfo:
        """The account's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def file_format(self) -> Format:
        """How the account's files are read."""
        return get_format(self.format)


@dataclass(frozen=True)
class NamedId:
    """A facility or a cohort."""

    id: UUID
    name: str


_COLUMNS = "id, name, format, time_zone, cadence, settings, registry_version"


def add_account(
    connection: Connection,
    name: str,
    format_name: str,
    time_zone: str = "UTC",
    cadence: Cadence = "nightly",
    settings: dict[str, Any] | None = None,
) -> Account:
    """Create an account.

    Raises:
        NotFound: no such format or time zone.
        NotAllowed: the name is malformed or taken.
    """
    if not NAME.fullmatch(name):
        raise NotAllowed(
            f"account name {name!r} must be 1 to 40 of a-z, 0-9 and -, starting with a-z or 0-9"
        )
    get_format(format_name)
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise NotFound(f"there is no time zone {time_zone!r} (e.g. America/New_York)") from error
    try:
        with connection.transaction():
            connection.execute(
                "INSERT INTO account (name, format, time_zone, cadence, settings)"
                " VALUES (%s, %s, %s, %s, %s)",
                (name, format_name, time_zone, cadence, Jsonb(settings or {})),
            )
    except UniqueViolation as error:
        raise NotAllowed(f"there is already an account {name!r}") from error
    return get_account(connection, name)


def get_account(connection: Connection, name: str) -> Account:
    """The account called `name`.

    Raises:
        NotFound: there is none; the message lists those there are.
    """
    found = [account for account in list_accounts(connection) if account.name == name]
    if not found:
        names = ", ".join(account.name for account in list_accounts(connection)) or "none yet"
        raise NotFound(f"there is no account {name!r}; known accounts: {names}")
    return found[0]


def account_by_id(connection: Connection, account_id: int) -> Account:
    """The account with this number.

    Raises:
        NotFound: there is none.
    """
    with connection.cursor(row_factory=class_row(Account)) as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM account WHERE id = %s", (account_id,))
        found = cursor.fetchone()
    if found is None:
        raise NotFound(f"there is no account with id {account_id}")
    return found


def list_accounts(connection: Connection) -> list[Account]:
    """All accounts, by name."""
    with connection.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(f"SELECT {_COLUMNS} FROM account ORDER BY name").fetchall()


def change_settings(connection: Connection, account: Account, changes: dict[str, Any]) -> Account:
    """Merge `changes` into the account's settings."""
    connection.execute(
        "UPDATE account SET settings = settings || %s WHERE id = %s", (Jsonb(changes), account.id)
    )
    return account_by_id(connection, account.id)


def add_facility(connection: Connection, account: Account, name: str) -> NamedId:
    """Create a facility of the account; NotAllowed where the name is taken."""
    return _add_named(connection, "facility", account, name)


def add_cohort(connection: Connection, account: Account, name: str) -> NamedId:
    """Create a cohort of the account; NotAllowed where the name is taken."""
    return _add_named(connection, "cohort", account, name)


def list_facilities(connection: Connection, account: Account) -> list[NamedId]:
    """The account's facilities, by name."""
    return _list_named(connection, "facility", account)


def list_cohorts(connection: Connection, account: Account) -> list[NamedId]:
    """The account's cohorts, by name."""
    return _list_named(connection, "cohort", account)


def _add_named(connection: Connection, table: str, account: Account, name: str) -> NamedId:
    named = NamedId(new_id(datetime.now(UTC)), name)
    try:
        with connection.transaction():
            connection.execute(
                f"INSERT INTO {table} (id, account_id, name) VALUES (%s, %s, %s)",
                (named.id, account.id, name),
            )
    except UniqueViolation as error:
        raise NotAllowed(f"account {account.name!r} has a {table} {name!r} already") from error
    return named


def _list_named(connection: Connection, table: str, account: Account) -> list[NamedId]:
    with connection.cursor(row_factory=class_row(NamedId)) as cursor:
        return cursor.execute(
            f"SELECT id, name FROM {table} WHERE account_id = %s AND removed_at IS NULL"
            " ORDER BY name",
            (account.id,),
        ).fetchall()

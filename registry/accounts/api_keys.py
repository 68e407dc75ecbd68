"""API keys, with which an account calls the API. Shown once, stored as a hash, revocable."""

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Literal
from uuid import UUID

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.database.row_level_security import account_scope_sql
from registry.database.statements import Statements
from registry.ids import new_id
from schemas.errors import NotAllowed, NotFound, UnknownKey

Scope = Literal["full", "read"]

MAX_ACTIVE_KEYS = 2
"""The one in use, and the one that replaces it."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,59}")
_PREFIX = "rl_"
_RANDOM_BYTES = 32
_SHOWN_CHARACTERS = 9
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class ApiKey:
    """A key as it may be shown: everything but the key."""

    id: UUID
    account_id: int
    name: str
    beginning: str
    scope: Scope
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class Caller:
    """The key that a request comes with, and its account."""

    account: Account
    key_id: UUID
    key_name: str
    scope: Scope
    last_used_at: datetime | None


_COLUMNS = ", ".join(ApiKey.__dataclass_fields__)
_WIDTH = len(Account.__dataclass_fields__)
_SQL = Statements(__file__)


def add_key(
    connection: Connection, account: Account, name: str, scope: Scope, now: datetime
) -> tuple[ApiKey, str]:
    """Make a key; the caller commits. Returns it with its secret, which is stored nowhere.

    Raises:
        NotAllowed: the name is malformed or taken, or two keys are active already.
    """
    if not NAME.fullmatch(name):
        raise NotAllowed(
            f"key name {name!r} must be 1 to 60 letters, digits, spaces, dots and dashes"
        )
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtext('rosterline api key'), %s)", (account.id,)
    )
    active = [key for key in list_keys(connection, account) if key.revoked_at is None]
    if len(active) >= MAX_ACTIVE_KEYS:
        names = ", ".join(repr(key.name) for key in active)
        raise NotAllowed(
            f"account {account.name!r} has {len(active)} active keys, {names}; revoke one first"
        )
    secret = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    values = (
        new_id(now),
        account.id,
        name,
        hash_of(secret),
        secret[:_SHOWN_CHARACTERS],
        scope,
        now,
    )
    try:
        with connection.transaction(), connection.cursor(row_factory=class_row(ApiKey)) as cursor:
            cursor.execute(
                "INSERT INTO api_key (id, account_id, name, sha256, beginning, scope, created_at)"
                f" VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}",
                values,
            )
            (added,) = cursor.fetchall()
    except UniqueViolation as error:
        raise NotAllowed(f"account {account.name!r} has an active key {name!r} already") from error
    return added, secret


def list_keys(connection: Connection, account: Account) -> list[ApiKey]:
    """All keys of an account, revoked ones too, the oldest first."""
    with connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM api_key WHERE account_id = %s ORDER BY created_at, id",
            (account.id,),
        ).fetchall()


def revoke_key(connection: Connection, account: Account, name: str, now: datetime) -> ApiKey:
    """End an active key at once; the caller commits.

    Raises:
        NotFound: the account has no active key of this name.
    """
    with connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        cursor.execute(
            "UPDATE api_key SET revoked_at = %s WHERE account_id = %s AND name = %s"
            f" AND revoked_at IS NULL RETURNING {_COLUMNS}",
            (now, account.id, name),
        )
        revoked = cursor.fetchone()
    if revoked is None:
        raise NotFound(f"account {account.name!r} has no active key {name!r}")
    return revoked


@contextmanager
def entered(connection: Connection, secret: str) -> Iterator[Caller]:
    """A transaction that sees the rows of the key's account only, committed at the end.

    The key is looked up among all accounts, by the statement that also sets the account for the
    transaction; `registry.database.row_level_security.as_account` says what that means.

    Raises:
        UnknownKey: it is wrong, or was revoked.
    """
    with connection.transaction():
        row = connection.execute(_enter_statement(), {"sha256": hash_of(secret)}).fetchone()
        if row is None:
            raise UnknownKey("the header x-api-key must hold a valid API key")
        account, key = row[:_WIDTH], row[_WIDTH : _WIDTH + 4]
        yield Caller(Account(*account), *key)


def note_use(connection: Connection, caller: Caller, now: datetime) -> None:
    """Keep when the key was used, to the minute. Runs outside row-level security."""
    # Not at each request: every read would write a new version of the row.
    last = caller.last_used_at
    if last is None or now - last >= _USE_IS_NOTED_EVERY:
        connection.execute(
            "UPDATE api_key SET last_used_at = %s WHERE id = %s", (now, caller.key_id)
        )


@cache
def _enter_statement() -> str:
    columns = ", ".join(f"account.{name}" for name in Account.__dataclass_fields__)
    return _SQL["enter_with_key"].format(
        account_columns=columns, account_scope=account_scope_sql("account.id::text")
    )


def hash_of(secret: str) -> str:
    """What is stored of a key."""
    # Unsalted and fast on purpose: 256 random bits are not guessed (docs/decisions/007-http.md).
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

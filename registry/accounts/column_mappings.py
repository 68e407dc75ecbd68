"""The column mappings of an account: saved as versions, one of which is in use for each format."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from rosters.headers import fold_own_header
from schemas.column_mapping import (
    ColumnMapping,
    MappedColumn,
    columns_as_json,
    mapping_from_json,
)
from schemas.errors import NotAllowed, NotFound
from schemas.formats import Format

MAX_COLUMNS = 1_024
MAX_HEADER_CHARS = 1_000

_SQL = Statements(__file__)


@dataclass(frozen=True)
class KeptMapping:
    """A version of a mapping as it was kept: for which format, by whom, and how long in use."""

    format: str
    mapping: ColumnMapping
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    ended_by: str | None

    @property
    def in_use(self) -> bool:
        """Whether files that come are read under it."""
        return self.ended_at is None


def list_mappings(connection: Connection, account: Account) -> list[KeptMapping]:
    """All versions of the account, by format, the latest first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_SQL["list_mappings"], {"account": account.id}).fetchall()
    return [_kept(row) for row in rows]


def mapping_in_use(
    connection: Connection, account: Account, format_name: str
) -> ColumnMapping | None:
    """The mapping under which files of this format are read, if there is one."""
    found = [
        each
        for each in list_mappings(connection, account)
        if each.format == format_name and each.in_use
    ]
    return found[0].mapping if found else None


def get_mapping(
    connection: Connection, account: Account, format_name: str, version: int
) -> ColumnMapping:
    """A version of a mapping, in use or not.

    Raises:
        NotFound: there is none.
    """
    for each in list_mappings(connection, account):
        if each.format == format_name and each.mapping.version == version:
            return each.mapping
    raise NotFound(f"there is no version {version} of a column mapping for {format_name}")


def save_mapping(  # noqa: PLR0913 - what a version holds
    connection: Connection,
    account: Account,
    file_format: Format,
    columns: Sequence[MappedColumn],
    *,
    by_position: bool = False,
    user_name: str,
    now: datetime,
) -> ColumnMapping:
    """Save columns as the next version, in use from now on; the caller commits.

    The same columns as those in use change nothing.

    Raises:
        NotAllowed: the columns cannot be a mapping of this format; it says why.
    """
    _require_sound(file_format, columns, by_position=by_position)
    _lock(connection, account)
    current = mapping_in_use(connection, account, file_format.name)
    if current and (current.columns, current.by_position) == (tuple(columns), by_position):
        return current
    _end(connection, account, file_format.name, user_name, now)
    kept = connection.execute(
        _SQL["insert_mapping"],
        {
            "account": account.id,
            "format": file_format.name,
            "by_position": by_position,
            "columns": Jsonb(columns_as_json(columns)),
            "now": now,
            "user": user_name,
        },
    ).fetchone()
    if kept is None:
        raise AssertionError("an inserted version has a number")
    return ColumnMapping(kept[0], tuple(columns), by_position)


def use_again(
    connection: Connection,
    account: Account,
    file_format: Format,
    version: int,
    *,
    user_name: str,
    now: datetime,
) -> ColumnMapping:
    """Save the columns of an earlier version as the next one; the caller commits.

    Raises:
        NotFound: there is no such version.
        NotAllowed: the format has changed since, and it no longer fits.
    """
    earlier = get_mapping(connection, account, file_format.name, version)
    return save_mapping(
        connection,
        account,
        file_format,
        earlier.columns,
        by_position=earlier.by_position,
        user_name=user_name,
        now=now,
    )


def stop_using(
    connection: Connection, account: Account, format_name: str, *, user_name: str, now: datetime
) -> None:
    """Read files of this format without a mapping from now on; the caller commits.

    Imports that were read under it keep it.

    Raises:
        NotFound: no mapping is in use.
    """
    if not _end(connection, account, format_name, user_name, now):
        raise NotFound(f"no column mapping is in use for {format_name}")


def _end(
    connection: Connection, account: Account, format_name: str, user_name: str, now: datetime
) -> bool:
    ended = connection.execute(
        "UPDATE column_mapping SET ended_at = %s, ended_by = %s"
        " WHERE account_id = %s AND format = %s AND ended_at IS NULL",
        (now, user_name, account.id, format_name),
    )
    return ended.rowcount > 0


def _lock(connection: Connection, account: Account) -> None:
    """Two people who save at once get two versions; held until the transaction ends."""
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtext('rosterline column mapping'), %s)", (account.id,)
    )


def _require_sound(
    file_format: Format, columns: Sequence[MappedColumn], *, by_position: bool
) -> None:
    known = {column.slot for column in file_format.columns}
    filled = Counter(column.slot for column in columns if column.slot)
    if not filled:
        raise NotAllowed("no column is mapped; choose what at least one of them means")
    if len(columns) > MAX_COLUMNS:
        raise NotAllowed(f"a file can have at most {MAX_COLUMNS:,} columns")
    if unknown := filled.keys() - known:
        raise NotAllowed(f"the format {file_format.name} has no column {min(unknown)!r}")
    if twice := sorted(file_format.label_of(slot) for slot, n in filled.items() if n > 1):
        raise NotAllowed(f"two columns are mapped to {twice[0]}; leave one of them out")
    missing = [column.label for column in file_format.columns
               if column.required and column.slot not in filled]  # fmt: skip
    if missing:
        raise NotAllowed(f"required columns are not mapped: {', '.join(missing)}")
    if not by_position:
        _require_headers(columns)


def _require_headers(columns: Sequence[MappedColumn]) -> None:
    if any(len(column.header) > MAX_HEADER_CHARS or "\0" in column.header for column in columns):
        raise NotAllowed(f"a header has at most {MAX_HEADER_CHARS:,} characters")
    if any(column.slot and not fold_own_header(column.header) for column in columns):
        raise NotAllowed("a column without a header cannot be mapped; give it one in the file")


def _kept(row: dict[str, Any]) -> KeptMapping:
    names = ("format", "created_at", "created_by", "ended_at", "ended_by")
    return KeptMapping(mapping=mapping_from_json(row), **{name: row[name] for name in names})

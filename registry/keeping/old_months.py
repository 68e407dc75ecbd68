"""Months of the ledger's rows and of history that are older than the settings say are taken out.

    detached, while others read and write  →  written to a file by pg_dump  →  dropped

Imports are marked before their rows go, so that none are missing without a word. Whatever is cut
off is finished by the next prune, which finds the tables by their names.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from psycopg import Connection, sql
from psycopg.errors import LockNotAvailable

from registry.database.connections import direct_url, runs_url, session_of
from registry.database.dumps import dump_database
from registry.database.month_partitions import (
    HISTORY,
    LEDGER_ROWS,
    Partition,
    attach,
    create_like,
    is_month_partition,
    list_partitions,
    month_of,
    name_of,
    start_of_month,
)
from registry.database.statements import Statements
from registry.ids import first_id_at
from registry.keeping.pruned import Pruned
from registry.settings import Settings
from registry.store.durable_files import draft_in, make_durable, sync_folders

_SQL = Statements(__file__)

PRIVATE = 0o600
WAIT = "60s"
"""How long detaching waits for transactions that read the table; it goes on at the next prune."""


@dataclass(frozen=True)
class _Kind:
    what: str
    tables: tuple[str, ...]
    days: float | None
    column: str


def prune_months(
    connection: Connection, settings: Settings, now: datetime, *, dry_run: bool
) -> list[Pruned]:
    """Archive, or drop, the months that are over for longer than the settings say.

    The connection is in no transaction before and after. A month is left as it is while one of its
    imports is not over, or was run again within these days.

    Raises:
        NotAllowed: there is no pg_dump that is new enough for the server.
        StorageUnavailable: the file cannot be written.
    """
    kinds = (
        _Kind("months of rows", LEDGER_ROWS, settings.keep_rows_days, "rows_archived_at"),
        _Kind("months of history", HISTORY, settings.keep_history_days, "history_archived_at"),
    )
    return [_prune(connection, settings, now, kind, dry_run=dry_run) for kind in kinds]


def _prune(
    connection: Connection, settings: Settings, now: datetime, kind: _Kind, *, dry_run: bool
) -> Pruned:
    if kind.days is None:
        return Pruned(kind.what, 0)
    connection.commit()
    connection = session_of(connection)
    was_autocommit, connection.autocommit = connection.autocommit, True
    try:
        bound = _bound(connection, kind, now)
        old = [each for each in _below(connection, kind, bound) if _has_rows(connection, each.name)]
        byte_count = sum(_size(connection, each.name) for each in old)
        left = 0
        if not dry_run:
            # Whatever an earlier prune left goes first, since its names are needed again.
            _finish_detaching(connection, kind)
            _archive(connection, settings, now, _detached(connection, kind))
            if old:
                left = _take_out(connection, settings, now, kind, bound)
            _close_gap(connection, kind)
        return Pruned(kind.what, len(old), byte_count, left)
    finally:
        connection.autocommit = was_autocommit


def _bound(connection: Connection, kind: _Kind, now: datetime) -> UUID:
    """The first id that stays: of a month, and of no import that is not over."""
    before = now - timedelta(days=kind.days or 0)
    bound = first_id_at(start_of_month(before))
    statement = _SQL["find_young_import"].format(archived_at=kind.column)
    ((young,),) = connection.execute(statement, {"bound": bound, "before": before}).fetchall()
    return first_id_at(start_of_month(month_of(UUID(young)))) if young else bound


def _below(connection: Connection, kind: _Kind, bound: UUID) -> list[Partition]:
    partitions = list_partitions(connection, kind.tables)
    return [each for each in partitions if each.upper is not None and each.upper <= bound]


def _take_out(
    connection: Connection, settings: Settings, now: datetime, kind: _Kind, bound: UUID
) -> int:
    """Take out every partition below the bound; returns how many are busy and left as they are."""
    # As far as whole partitions reach: one of several months stays until the last of them is old.
    below = _below(connection, kind, bound)
    highest = {each.table: each.upper or bound for each in below}  # sorted by bound
    reach = min(highest.get(table, UUID(int=0)) for table in kind.tables)
    if kind.tables == HISTORY:
        to_file = settings.old_months == "file"
        connection.execute(_SQL["store_brought_values"], {"bound": reach, "to_file": to_file})
    mark = _SQL["mark_as_archived"].format(archived_at=kind.column)
    connection.execute(mark, {"bound": reach, "now": now})
    left = 0
    for table in kind.tables:
        own = [each for each in _below(connection, kind, reach) if each.table == table]
        try:
            for each in own:
                _detach(connection, each)
        except LockNotAvailable:
            left += 1
        if all(each.table != table for each in _below(connection, kind, reach)):
            _archive(connection, settings, now, [each.name for each in own])
            _close_gap(connection, kind)
    return left


def _close_gap(connection: Connection, kind: _Kind) -> None:
    """Give rows of archived months a place again, though no import of that time is run any more."""
    for table in kind.tables:
        lowest, *_ = list_partitions(connection, (table,))
        if lowest.lower is not None:
            name = create_like(connection, table, name_of(table, None, month_of(lowest.lower)))
            attach(connection, table, name, None, lowest.lower)


def _detach(connection: Connection, partition: Partition) -> None:
    connection.execute(f"SET lock_timeout = '{WAIT}'")
    try:
        statement = sql.SQL("ALTER TABLE {} DETACH PARTITION {} CONCURRENTLY")
        names = map(sql.Identifier, (partition.table, partition.name))
        connection.execute(statement.format(*names))
    finally:
        connection.execute("RESET lock_timeout")


def _finish_detaching(connection: Connection, kind: _Kind) -> None:
    pending = connection.execute(_SQL["list_pending"], {"tables": list(kind.tables)}).fetchall()
    for table, name in pending:
        statement = sql.SQL("ALTER TABLE {} DETACH PARTITION {} FINALIZE")
        connection.execute(statement.format(sql.Identifier(table), sql.Identifier(name)))


def _detached(connection: Connection, kind: _Kind) -> list[str]:
    names = [
        name
        for table in kind.tables
        for (name,) in connection.execute(_SQL["list_detached"], {"pattern": f"{table}%"})
    ]
    return [name for name in names if is_month_partition(name)]


def _archive(connection: Connection, settings: Settings, now: datetime, names: list[str]) -> None:
    """Write these tables to files where the setting says so, and drop them."""
    for name in names:
        if settings.old_months == "file" and _has_rows(connection, name):
            _dump(connection, settings, now, name)
        connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))


def _dump(connection: Connection, settings: Settings, now: datetime, name: str) -> None:
    folder = settings.old_months_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    version = connection.info.server_version // 10_000
    target = folder / f"{name}.{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.dump"
    with draft_in(folder) as draft:
        dump_database(
            direct_url(settings, runs_url(settings)), version, Path(draft.name), table=name
        )
        make_durable(draft, PRIVATE).replace(target)
    sync_folders(folder)


def _has_rows(connection: Connection, name: str) -> bool:
    query = sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(name))
    return bool(connection.execute(query).rowcount)


def _size(connection: Connection, name: str) -> int:
    ((size,),) = connection.execute(
        "SELECT pg_total_relation_size(%s::regclass)", (name,)
    ).fetchall()
    return int(size)

"""Which waiting imports are due, laid out in batches for runs; and which are unfinished.

Everything here only reads. An import is taken up by the run whose turn on it comes
(`registry.ledger.claims.take_up`).

Imports of an account are applied one at a time, in the order received. An account with an import in
`processing`, or in a run that is queued or started, is therefore left alone: its waiting imports
are due afterwards.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import accumulate, groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import class_row, tuple_row

from registry.accounts.accounts import Account, Cadence
from registry.database.held_locks import held
from registry.database.statements import Statements
from registry.ledger.claims import lock_of
from registry.ledger.imports import IMPORT_COLUMNS, Import

_SQL = Statements(__file__)

BATCH_BYTES = 64 * 1024**2
"""A batch ends here, so that no account waits for another's large file. One of an account alone has
`FEW_FILES` at least: a run over large files takes long enough to be worth its start."""

SHARED_FILES = 50
"""A batch of several accounts ends here as well, so that there are some to run side by side."""

FEW_FILES = 10
"""An account with more files than this has a batch of its own: nobody else waits for them all."""

Batch = tuple[Import, ...]
"""Imports for one run, each account's together and in the order received."""


@dataclass(frozen=True)
class Unfinished:
    """An import in `processing`, with the run that worked on it last.

    `is_at_work` says that a run holds its lock now.
    """

    imported: Import
    run_id: str | None
    attempt_state: str | None
    is_at_work: bool = False


def due_batches(  # noqa: PLR0913 - a filter each, all by name
    connection: Connection,
    *,
    limit: int,
    zone: str | None = None,
    cadence: Cadence | None = None,
    account: Account | None = None,
    due_at: datetime | None = None,
    without_zones: Collection[str] = (),
    under_way: Collection[str] = (),
) -> list[Batch]:
    """Batches of the waiting imports that are due; nothing is changed.

    `limit` is the most imports in a batch; of an account with more, the first ones are due.
    `zone`, `cadence`, `account` and `without_zones` limit the imports to such accounts; imports
    from the portal, where a person waits, count as `on_arrival` in every account. `due_at` leaves
    out imports that were received after the account's last midnight before that instant.
    `under_way` are the partition keys of runs that are queued or started.
    """
    midnights = _midnights(connection, due_at)
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        cursor.execute(
            _SQL["choose_waiting"].format(columns=IMPORT_COLUMNS),
            {
                "limit": limit,
                "zone": zone,
                "cadence": cadence,
                "account": account.id if account else None,
                "due": due_at is not None,
                "zones": list(midnights),
                "midnights": list(midnights.values()),
                "without_zones": list(without_zones),
                "under_way": list(under_way),
            },
        )
        return batches_of(cursor.fetchall(), limit)


def batches_of(imports: Iterable[Import], limit: int) -> list[Batch]:
    """Lay imports, at most `limit` of each account, into batches that split no account.

    Accounts share a batch while they have few and small files.
    """
    received = sorted(imports, key=lambda each: (each.ordered_at, each.id))
    first = {each.account_id: each.received_at for each in reversed(received)}
    received.sort(key=lambda each: (first[each.account_id], each.account_id))
    shared: list[Batch] = []
    own: list[Batch] = []
    batch: Batch = ()
    for _, group in groupby(received, key=lambda each: each.account_id):
        files = tuple(group)[:limit]
        if len(files) > FEW_FILES:
            own.append(_first(files))
            continue
        together = batch + files
        most = min(limit, SHARED_FILES)
        if batch and (len(together) > most or _byte_count(together) > BATCH_BYTES):
            shared.append(batch)
            together = files
        batch = together
    # Those of few files first: they are over while the first one of many still runs.
    return [*shared, *([batch] if batch else []), *own]


def _first(files: Batch) -> Batch:
    """Of an account with many files those that one run takes; the others are due after it."""
    sizes = accumulate(each.byte_count for each in files)
    return files[: max(FEW_FILES, sum(size <= BATCH_BYTES for size in sizes))]


def is_long(batch: Batch) -> bool:
    """Whether a run over it takes so long that it must not be in the way of short ones."""
    one_account = len({each.account_id for each in batch}) == 1
    return (one_account and len(batch) > FEW_FILES) or _byte_count(batch) > BATCH_BYTES


def unfinished(connection: Connection) -> list[Unfinished]:
    """Imports in `processing`, the first received first."""
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        cursor.execute(
            f"SELECT {IMPORT_COLUMNS} FROM import WHERE state = 'processing'"
            " ORDER BY ordered_at, id"
        )
        imports = cursor.fetchall()
    latest = _latest_runs(connection, [each.id for each in imports])
    at_work = held(connection, [lock_of(each) for each in imports])
    return [
        Unfinished(each, *latest.get(each.id, (None, None)), lock_of(each) in at_work)
        for each in imports
    ]


def unfinished_keys(connection: Connection) -> set[str]:
    """Partition keys of all imports that wait or are processed."""
    rows = connection.execute(
        "SELECT partition_key FROM import WHERE state IN ('waiting', 'processing')"
    ).fetchall()
    return {key for (key,) in rows}


def last_midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the present day began in `zone`.

    Where clocks skip midnight (Santiago, Cairo, Beirut) it is the instant of the change; where
    midnight comes twice (Havana), the first one.
    """
    today = now.astimezone(zone).date()
    return datetime.combine(today, time(), zone).astimezone(UTC)


def _midnights(connection: Connection, due_at: datetime | None) -> dict[str, datetime]:
    # Not worked out by PostgreSQL: its time zones may be older than ours, against which the
    # account's zone was checked.
    if due_at is None:
        return {}
    with connection.cursor(row_factory=tuple_row) as cursor:
        zones = cursor.execute("SELECT DISTINCT time_zone FROM account").fetchall()
    return {zone: last_midnight(due_at, ZoneInfo(zone)) for (zone,) in zones}


def _latest_runs(
    connection: Connection, ids: Sequence[UUID]
) -> dict[UUID, tuple[str | None, str | None]]:
    rows = connection.execute(
        "SELECT DISTINCT ON (import_id) import_id, run_id, state FROM attempt"
        " WHERE import_id = ANY(%s) ORDER BY import_id, number DESC",
        (list(ids),),
    ).fetchall()
    return {import_id: (run_id, state) for import_id, run_id, state in rows}


def _byte_count(imports: Batch) -> int:
    return sum(each.byte_count for each in imports)

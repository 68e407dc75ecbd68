"""Claims: which waiting imports are worked on next, and what happens to those that were cut off.

Imports of an account are applied one at a time, in the order received. An account with an import in
`processing` is therefore left alone: its waiting imports are claimed afterwards.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import class_row, tuple_row

from registry.accounts.accounts import Account, Cadence
from registry.database.statements import Statements
from registry.ledger import states
from registry.ledger.imports import IMPORT_COLUMNS, Attempt, Import, list_attempts
from schemas.errors import NotFound

_SQL = Statements(__file__)

MAX_CLAIMS = 3
BATCH_BYTES = 64 * 1024**2
"""A batch of several accounts ends here, so that no account waits for another's large file."""

_CLAIM_LOCK = "hashtext('rosterline claim')"

Batch = tuple[Import, ...]
"""Imports for one run, each account's together and in the order received."""


@dataclass(frozen=True)
class Unfinished:
    """An import in `processing`, with the run that worked on it last, if any did."""

    imported: Import
    run_id: str | None
    attempt_state: str | None


@contextmanager
def claim_lock(connection: Connection) -> Iterator[None]:
    """Let one process at a time claim imports and lay out its batches; held across commits."""
    connection.execute(f"SELECT pg_advisory_lock({_CLAIM_LOCK})")
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(f"SELECT pg_advisory_unlock({_CLAIM_LOCK})")
        connection.commit()


def claim_waiting(  # noqa: PLR0913 - a filter each, all by name
    connection: Connection,
    *,
    limit: int,
    zone: str | None = None,
    cadence: Cadence | None = None,
    account: Account | None = None,
    due_at: datetime | None = None,
    max_batches: int | None = None,
) -> list[Batch]:
    """Set waiting imports to `processing` and commit; safe from several processes at once.

    `limit` is the most imports in a batch; of an account with more, the first ones are claimed.
    `zone`, `cadence` and `account` limit the claim to such accounts; imports from the portal, where
    a person waits, count as `on_arrival` in every account. `due_at` leaves out imports that were
    received after the account's last midnight before that instant. Batches beyond `max_batches`
    stay waiting.
    """
    connection.execute(f"SELECT pg_advisory_xact_lock({_CLAIM_LOCK})")
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
            },
        )
        chosen = batches_of(cursor.fetchall(), limit)[:max_batches]
    claimed = states.claim(connection, [each.id for batch in chosen for each in batch])
    connection.commit()
    # An import that was cancelled since it was chosen is not among the claimed.
    batches = (tuple(claimed[i.id] for i in batch if i.id in claimed) for batch in chosen)
    return [batch for batch in batches if batch]


def claim_one(connection: Connection, imported: Import) -> bool:
    """Claim this one import and commit, even if others of its account wait or are being processed.

    A person who asks for one file need not wait for the others: the imports of an account are
    applied one after the other anyway, and an older one never overwrites a newer value.

    Returns:
        Whether it was waiting.
    """
    claimed = states.claim(connection, [imported.id])
    connection.commit()
    return bool(claimed)


def batches_of(imports: Iterable[Import], limit: int) -> list[Batch]:
    """Lay imports, at most `limit` of each account, into batches that split no account."""
    received = sorted(imports, key=lambda each: (each.ordered_at, each.id))
    first = {each.account_id: each.received_at for each in reversed(received)}
    received.sort(key=lambda each: (first[each.account_id], each.account_id))
    batches: list[Batch] = []
    batch: Batch = ()
    for _, group in groupby(received, key=lambda each: each.account_id):
        files = tuple(group)[:limit]
        together = batch + files
        if batch and (len(together) > limit or _byte_count(together) > BATCH_BYTES):
            batches.append(batch)
            together = files
        batch = together
    return [*batches, batch] if batch else batches


def claim_again(connection: Connection, imported: Import) -> Import:
    """Claim an import that was cut off once more, and commit.

    Raises:
        NotFound: it is over, or another process claimed it, since it was read.
    """
    claimed = states.claim_again(connection, imported)
    connection.commit()
    if claimed is None:
        raise NotFound(f"import {imported.partition_key} is no longer unfinished")
    return claimed


def unfinished(connection: Connection) -> list[Unfinished]:
    """Imports in `processing`, the first received first."""
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        cursor.execute(
            f"SELECT {IMPORT_COLUMNS} FROM import WHERE state = 'processing'"
            " ORDER BY ordered_at, id"
        )
        imports = cursor.fetchall()
    latest = _latest_runs(connection, [each.id for each in imports])
    return [Unfinished(each, *latest.get(each.id, (None, None))) for each in imports]


def give_up(connection: Connection, imported: Import, now: datetime) -> bool:
    """End an import that was cut off after its last try, and commit.

    The import fails; after a further attempt that wrote nothing, it gets back the state that the
    attempt before it had led to.

    Returns:
        False, with nothing done, while tries are left, or once an attempt is applied or ended by a
        fault of the file: only its result file is missing then, and the sender must get it.
    """
    connection.execute("SELECT 1 FROM import WHERE id = %s FOR UPDATE", (imported.id,))
    attempts = list_attempts(connection, imported.id)
    is_open = not attempts or attempts[-1].state == "open"
    if imported.claims < MAX_CLAIMS or not is_open:
        connection.commit()
        return False
    reason = _gave_up_reason(imported, attempts)
    earlier = attempts[-2].state if len(attempts) > 1 else "failed"
    state = "completed" if earlier == "finished" else "failed"
    is_given_up = states.give_up(connection, imported, state=state, reason=reason, now=now)
    connection.commit()
    return is_given_up


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


def _gave_up_reason(imported: Import, attempts: Sequence[Attempt]) -> str:
    run_id = attempts[-1].run_id if attempts else None
    cause = f"run {run_id} ended before it was done" if run_id else "no run began on it"
    return (
        f"gave up after {imported.claims} tries: {cause}; nothing was written; run it again with "
        f"a materialisation of partition {imported.partition_key} in Dagster"
    )


def _byte_count(imports: Batch) -> int:
    return sum(each.byte_count for each in imports)

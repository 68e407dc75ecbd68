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
MAX_RESULT_CLAIMS = 8
"""Tries at a result file: with the pauses between them, some three hours for a folder to heal."""
GAVE_UP = "gave_up"
"""The fault code of an attempt whose runs were cut off each time."""

BATCH_BYTES = 64 * 1024**2
"""A batch of several accounts ends here, so that no account waits for another's large file."""

FEW_FILES = 10
"""An account with more files than this has a batch of its own: nobody else waits for them all."""

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
            own.append(files)
            continue
        together = batch + files
        if batch and (len(together) > limit or _byte_count(together) > BATCH_BYTES):
            shared.append(batch)
            together = files
        batch = together
    # Those of few files first: they are over while the first one of many still runs.
    return [*shared, *([batch] if batch else []), *own]


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


def give_up(
    connection: Connection, imported: Import, now: datetime, *, by: str | None = None
) -> bool:
    """End an import that was cut off after its last try, and commit; with `by`, at any try.

    An import of which nothing was written fails; after a further attempt that wrote nothing, it
    gets back the state that the attempt before it had led to. An import that lacks only its result
    has more tries (`MAX_RESULT_CLAIMS`), and holds no other file of its account meanwhile.

    Args:
        connection: to the ledger.
        imported: as it was read; nothing is done where it was claimed again since.
        now: when it ends.
        by: the person who gives it up; None where its tries are counted.

    Returns:
        Whether it was given up.
    """
    is_still_so = connection.execute(
        "SELECT FROM import WHERE id = %s AND state = 'processing' AND claims = %s FOR UPDATE",
        (imported.id, imported.claims),
    ).rowcount
    attempts = list_attempts(connection, imported.id)
    is_open = not attempts or attempts[-1].state == "open"
    is_given_up = False
    is_over = imported.claims >= (MAX_CLAIMS if is_open else MAX_RESULT_CLAIMS)
    if is_still_so and (by or is_over):
        why = f"given up by {by}" if by else f"gave up after {imported.claims} tries"
        # Without an attempt there would be no result for the sender.
        attempts = attempts or [states.open_attempt(connection, imported.id, None, again=False)]
        is_given_up = (_give_up_open if is_open else _give_up_result)(
            connection, imported, attempts, why, now
        )
    connection.commit()
    return is_given_up


def _give_up_open(
    connection: Connection, imported: Import, attempts: list[Attempt], why: str, now: datetime
) -> bool:
    run_id = attempts[-1].run_id
    cause = f"run {run_id} ended before it was done" if run_id else "no run began on it"
    reason = f"{why}: {cause}; nothing was written; run it again with a {_again(imported)}"
    earlier = attempts[-2].state if len(attempts) > 1 else "failed"
    state = "completed" if earlier == "finished" else "failed"
    return states.give_up(connection, imported, state=state, reason=reason, now=now)


def _give_up_result(
    connection: Connection, imported: Import, attempts: list[Attempt], why: str, now: datetime
) -> bool:
    reason = (
        f"{why}: its result file could not be written; what it changed is kept. Once the folder "
        f"can be written, make the result with a {_again(imported)}, of asset result_files alone"
    )
    return states.give_up_result(connection, imported, attempts[-1], reason=reason, now=now)


def _again(imported: Import) -> str:
    return f"materialisation of partition {imported.partition_key} in Dagster"


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

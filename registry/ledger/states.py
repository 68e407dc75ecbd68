"""The one writer of states: every statement that changes the state of an import or attempt.

`registry/ledger/moves.py` lists which moves are allowed. A function whose caller may lose a race
says by its result what it changed; the others raise where a move is not allowed. No function here
commits. A test (tests/test_one_writer_of_states.py) finds any other statement that writes
`import.state`, `reason` and `claims` or `attempt.state`, `fault_code`, `reason`, `finished_at` and
counts.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from registry.database.statements import Statements
from registry.ledger.imports import (
    Attempt,
    Import,
    latest_attempt,
    list_attempts,
)
from registry.ledger.progress import COUNTS, forget_stages
from schemas.errors import FileFault, NotAllowed

_SQL = Statements(__file__)

GAVE_UP = "gave_up"
"""The fault code of an attempt whose runs were cut off each time."""

HELD = "held"
"""The state of an import that waits for a person."""

UNPACKED = "unpacked"
"""The state of an import whose file is an archive, and of its attempt: its members are imports."""

REFUSED = "refused"
"""The fault code of an attempt whose file was held, and which a person refused."""

CANCELLED = "cancelled"
"""The fault code of an attempt that a person cancelled."""

REPLACED_PREFIX = "replaced by "
"""How the reason begins of an import whose file a newer one replaced."""

WITHDRAWN = "withdrawn: the file was removed before it was processed"


def open_attempt(
    connection: Connection, import_id: UUID, run_id: str | None, *, again: bool
) -> Attempt:
    """The attempt to work on: the unfinished one, if there is one, else a new one.

    With `again` False an import that is over is left as it is and its last attempt returned, so
    that a run which claims an import twice works on it once.

    Raises:
        NotAllowed: the import was cancelled or has expired.
    """
    connection.execute("SELECT 1 FROM import WHERE id = %s FOR UPDATE", (import_id,))
    attempts = list_attempts(connection, import_id)
    if not attempts or (attempts[-1].is_over and again):
        _open_next(connection, import_id, len(attempts) + 1, run_id)
    elif not attempts[-1].is_over:
        if attempts[-1].state == "open":
            forget_stages(connection, import_id, attempts[-1].number)
        connection.execute(
            "UPDATE attempt SET run_id = %s WHERE import_id = %s AND number = %s",
            (run_id, import_id, attempts[-1].number),
        )
    return latest_attempt(connection, import_id)


def take_up(connection: Connection, import_id: UUID, run_id: str) -> Attempt:
    """Let a run work on an import: `processing`, with an unfinished attempt under this run's id.

    To be called while the caller holds the import's lock. A run that takes up again what it had
    itself counts no further claim. An import that is over gets a further attempt.

    Raises:
        NotAllowed: the import was cancelled or has expired.
    """
    found = connection.execute(_SQL["take_up"], {"id": import_id, "run_id": run_id}).fetchall()
    if not found:
        raise NotAllowed(f"import {import_id} was cancelled or has expired; send the file again")
    return open_attempt(connection, import_id, run_id, again=bool(found[0][0]))


def _open_next(connection: Connection, import_id: UUID, number: int, run_id: str | None) -> None:
    if not connection.execute(_SQL["begin_processing"], {"id": import_id}).rowcount:
        raise NotAllowed(f"import {import_id} was cancelled or has expired; send the file again")
    connection.execute(
        _SQL["insert_attempt"], {"import_id": import_id, "number": number, "run_id": run_id}
    )


def apply_attempt(
    connection: Connection,
    attempt: Attempt,
    registry_version: int,
    counts: Mapping[str, int | None],
) -> None:
    """The attempt's changes and outcomes are written, in this same transaction.

    Args:
        connection: in the transaction that wrote them, under the account's lock.
        attempt: an open one.
        registry_version: the account's after it; 0 for a dry run.
        counts: `records`, and rows by outcome; what is missing counts as none. `missing` patients,
            if they were counted, and `changed_identities`.

    Raises:
        FileFault: the attempt was cancelled meanwhile.
        NotAllowed: the attempt is not open.
    """
    _require_open(
        connection.execute(
            _SQL["apply_attempt"],
            {
                **{name: counts.get(name, 0) for name in COUNTS},
                "missing": counts.get("missing"),
                "changed_identities": counts.get("changed_identities", 0),
                "registry_version": registry_version,
                "import_id": attempt.import_id,
                "number": attempt.number,
            },
        ).rowcount,
        connection,
        attempt,
    )


def fail_attempt(connection: Connection, attempt: Attempt, fault: FileFault) -> None:
    """End an attempt by a fault of its file; the import is failed once its result is written.

    Nothing is done where the fault is that the attempt was cancelled.

    Raises:
        NotAllowed: the attempt is not open.
    """
    if fault.code == CANCELLED:
        return
    _require_open(
        connection.execute(
            _SQL["fail_attempt"],
            {
                "fault_code": fault.code,
                "reason": fault.reason,
                "import_id": attempt.import_id,
                "number": attempt.number,
            },
        ).rowcount,
        connection,
        attempt,
    )


def hold_attempt(connection: Connection, attempt: Attempt, reason: str, now: datetime) -> None:
    """Hold an import for a person; its attempt stays open. The claims so far do not count.

    Raises:
        FileFault: the attempt was cancelled meanwhile.
        NotAllowed: the import is not being processed, or the attempt is not open.
    """
    about = {
        "import_id": attempt.import_id, "number": attempt.number, "reason": reason, "now": now
    }  # fmt: skip
    _require_open(connection.execute(_SQL["hold_import"], about).rowcount, connection, attempt)
    connection.execute(_SQL["insert_hold"], about)


def unpack(connection: Connection, attempt: Attempt, reason: str, now: datetime) -> None:
    """End an import whose members are imports of their own, entered in this same transaction.

    Raises:
        FileFault: the attempt was cancelled meanwhile.
        NotAllowed: the import is not being processed, or the attempt is not open.
    """
    about = {
        "import_id": attempt.import_id, "number": attempt.number, "reason": reason, "now": now
    }  # fmt: skip
    _require_open(connection.execute(_SQL["unpack_import"], about).rowcount, connection, attempt)
    connection.execute(_SQL["unpack_attempt"], about)


def let_through(connection: Connection, import_id: UUID, by: str, now: datetime) -> bool:
    """Let a held file through: it waits again, and its next run goes on with the open attempt.

    Returns:
        False, with nothing done, when it is not held any more.
    """
    return _leave_hold(connection, import_id, by, now, decision="let_through", reason=None)


def refuse(connection: Connection, import_id: UUID, by: str, now: datetime) -> bool:
    """Refuse a held file: its attempt fails, and its next run writes the result that says so.

    Returns:
        False, with nothing done, when it is not held any more.
    """
    reason = f"refused by {by}, after it was held; nothing was imported"
    if not _leave_hold(connection, import_id, by, now, decision="refused", reason=reason):
        return False
    # Its only open attempt, whichever number that has.
    failed = {"import_id": import_id, "number": None, "reason": reason, "fault_code": REFUSED}
    connection.execute(_SQL["fail_attempt"], failed)
    return True


def _leave_hold(
    connection: Connection,
    import_id: UUID,
    by: str,
    now: datetime,
    *,
    decision: str,
    reason: str | None,
) -> bool:
    lock_attempts(connection, import_id)
    about = {"id": import_id, "by": by, "now": now, "decision": decision, "reason": reason}
    if not connection.execute(_SQL["leave_hold"], about).rowcount:
        return False
    connection.execute(_SQL["decide_hold"], about)
    return True


def note_cause(connection: Connection, import_id: UUID, cause: str) -> None:
    """Keep why the last run over an open attempt ended; the attempt stays open."""
    connection.execute(
        "UPDATE attempt SET reason = %s WHERE import_id = %s AND state = 'open'",
        (cause, import_id),
    )


def _require_open(changed: int, connection: Connection, attempt: Attempt) -> None:
    if changed:
        return
    now = latest_attempt(connection, attempt.import_id)
    if now.fault_code == CANCELLED and now.number == attempt.number:
        raise FileFault(CANCELLED, now.reason or CANCELLED)
    raise NotAllowed(f"attempt {attempt.number} of import {attempt.import_id} is not open")


def finish_import(connection: Connection, attempt: Attempt, now: datetime) -> None:
    """The result file of this attempt is durable: the attempt and its import are over.

    Raises:
        NotAllowed: the attempt is still open, or its import is not being processed.
    """
    about = {"import_id": attempt.import_id, "number": attempt.number}
    connection.execute(_SQL["finish_attempt"], {**about, "now": now})
    if not connection.execute(_SQL["finish_import"], about).rowcount:
        raise NotAllowed(
            f"attempt {attempt.number} of import {attempt.import_id} cannot be finished: it is "
            "open, or its import is not being processed"
        )


def give_up(
    connection: Connection, imported: Import, *, state: str, reason: str, now: datetime
) -> bool:
    """End an import in `state`, `completed` or `failed`, and its open attempt as failed.

    Returns:
        False, with nothing done, when it is over or was claimed again since it was read.
    """
    with connection.transaction():
        changed = connection.execute(
            _SQL["give_up_import"],
            {"state": state, "reason": reason, "id": imported.id, "claims": imported.claims},
        ).rowcount
        if changed:
            about = {"reason": reason, "now": now, "id": imported.id, "fault_code": GAVE_UP}
            connection.execute(_SQL["end_open_attempt"], about)
    return bool(changed)


def give_up_result(
    connection: Connection, imported: Import, attempt: Attempt, *, reason: str, now: datetime
) -> bool:
    """End an import whose patients are written, or whose file failed, without its result file.

    `imported` and `attempt` are as they were read. The result can still be made afterwards.

    Returns:
        False, with nothing done, when the import is over, was claimed again since it was read, or
        its attempt is open.
    """
    about = {
        "id": imported.id, "claims": imported.claims, "number": attempt.number, "reason": reason
    }  # fmt: skip
    with connection.transaction():
        changed = connection.execute(_SQL["give_up_result"], about).rowcount
        if changed:
            key = {"import_id": imported.id, "number": attempt.number, "now": now}
            connection.execute(_SQL["finish_attempt"], key)
    return bool(changed)


def cancel(
    connection: Connection, account_id: int, import_id: UUID, *, source: str, reason: str
) -> bool:
    """Cancel an import of the account that came from `source`; returns whether it was waiting."""
    about = {"account": account_id, "id": import_id, "source": source, "reason": reason}
    return connection.execute(_SQL["cancel_import"], about).rowcount == 1


def cancel_unfinished(
    connection: Connection, imported: Import, *, reason: str, now: datetime
) -> bool:
    """Cancel an import that waits, or that is processed and of which nothing was written yet.

    Its open attempt fails, so that a run which works on it stops at its next stage. After a further
    attempt the import gets back the state that the attempt before it had led to.

    Returns:
        False, with nothing done, when it is over or its attempt is no longer open.
    """
    lock_attempts(connection, imported.id)
    attempts = list_attempts(connection, imported.id)
    if attempts and attempts[-1].state != "open":
        return False
    earlier = attempts[-2].state if len(attempts) > 1 else None
    state = {"finished": "completed", "failed": "failed"}.get(earlier or "", "cancelled")
    about = {"id": imported.id, "state": state, "reason": reason, "now": now}
    with connection.transaction():
        changed = connection.execute(_SQL["cancel_unfinished"], about).rowcount
        if changed:
            connection.execute(_SQL["end_open_attempt"], {**about, "fault_code": CANCELLED})
    return bool(changed)


def lock_attempts(connection: Connection, import_id: UUID) -> None:
    """Let nobody else change the import's attempts until the transaction ends.

    To be called before the import's row is locked, the order in which a stage locks the two.
    """
    connection.execute("SELECT FROM attempt WHERE import_id = %s FOR UPDATE", (import_id,))


def replace_older(connection: Connection, newer: Import) -> list[datetime]:
    """Let `newer` be the import of its name in Pending.

    Older imports of that name which wait are cancelled. To be called under `lock_drop`. Returns
    when they were received.
    """
    found = connection.execute(
        _SQL["replace_older"],
        {
            "reason": f"{REPLACED_PREFIX}{newer.partition_key} before it was processed",
            "account": newer.account_id,
            "name": newer.drop_name,
            "place": newer.drop_place,
            "id": newer.id,
        },
    )
    return [received_at for (received_at,) in found]


def withdraw(connection: Connection, ids: Sequence[UUID]) -> list[datetime]:
    """The files of these imports are no longer in Pending: cancel those that wait.

    Imports that are being processed are left alone. To be called under `lock_drop`. Returns when
    the others were received.
    """
    found = connection.execute(_SQL["withdraw_imports"], {"ids": list(ids), "reason": WITHDRAWN})
    return [received_at for (received_at,) in found]

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
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.ledger.imports import (
    IMPORT_COLUMNS,
    Attempt,
    Import,
    latest_attempt,
    list_attempts,
)
from registry.ledger.progress import COUNTS, forget_stages
from schemas.errors import FileFault, NotAllowed

_SQL = Statements(__file__)

WITHDRAWN = "withdrawn: the file was removed before it was processed"


def claim(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Import]:
    """Take up those of these imports that still wait; returns them by id."""
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        cursor.execute(_SQL["claim"].format(columns=IMPORT_COLUMNS), {"ids": list(ids)})
        return {claimed.id: claimed for claimed in cursor.fetchall()}


def claim_again(connection: Connection, imported: Import) -> Import | None:
    """Count a further claim of an import that was cut off.

    Returns:
        The import; None when it is over, or was claimed by another process, since it was read.
    """
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        return cursor.execute(
            _SQL["claim_again"].format(columns=IMPORT_COLUMNS),
            {"id": imported.id, "claims": imported.claims},
        ).fetchone()


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


def _open_next(connection: Connection, import_id: UUID, number: int, run_id: str | None) -> None:
    if not connection.execute(_SQL["begin_processing"], {"id": import_id}).rowcount:
        raise NotAllowed(f"import {import_id} was cancelled or has expired; send the file again")
    connection.execute(
        _SQL["insert_attempt"], {"import_id": import_id, "number": number, "run_id": run_id}
    )


def apply_attempt(
    connection: Connection, attempt: Attempt, registry_version: int, counts: Mapping[str, int]
) -> None:
    """The attempt's changes and outcomes are written, in this same transaction.

    Args:
        connection: in the transaction that wrote them, under the account's lock.
        attempt: an open one.
        registry_version: the account's after it; 0 for a dry run.
        counts: `records`, and rows by outcome; what is missing counts as none.

    Raises:
        NotAllowed: the attempt is not open.
    """
    _require_open(
        connection.execute(
            _SQL["apply_attempt"],
            {
                **{name: counts.get(name, 0) for name in COUNTS},
                "registry_version": registry_version,
                "import_id": attempt.import_id,
                "number": attempt.number,
            },
        ).rowcount,
        attempt,
    )


def fail_attempt(connection: Connection, attempt: Attempt, fault: FileFault) -> None:
    """End an attempt by a fault of its file; the import is failed once its result is written.

    Raises:
        NotAllowed: the attempt is not open.
    """
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
        attempt,
    )


def _require_open(changed: int, attempt: Attempt) -> None:
    if not changed:
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


def give_up(connection: Connection, imported: Import, *, reason: str, now: datetime) -> bool:
    """End the further attempt over an import as failed; the import is completed, as before it.

    Returns:
        False, with nothing done, when it is over or was claimed again since it was read.
    """
    with connection.transaction():
        changed = connection.execute(
            _SQL["give_up_import"],
            {"reason": reason, "id": imported.id, "claims": imported.claims},
        ).rowcount
        if changed:
            connection.execute(
                _SQL["give_up_attempt"], {"reason": reason, "now": now, "id": imported.id}
            )
    return bool(changed)


def cancel(
    connection: Connection, account_id: int, import_id: UUID, *, source: str, reason: str
) -> bool:
    """Cancel an import of the account that came from `source`; returns whether it was waiting."""
    about = {"account": account_id, "id": import_id, "source": source, "reason": reason}
    return connection.execute(_SQL["cancel_import"], about).rowcount == 1


def replace_older(connection: Connection, newer: Import) -> None:
    """Let `newer` be the import of its name in Pending.

    Older imports of that name which wait are cancelled. To be called under `lock_drop`.
    """
    connection.execute(
        _SQL["replace_older"],
        {
            "reason": f"replaced by {newer.partition_key} before it was processed",
            "account": newer.account_id,
            "name": newer.drop_name,
            "id": newer.id,
        },
    )


def withdraw(connection: Connection, ids: Sequence[UUID]) -> None:
    """The files of these imports are no longer in Pending: cancel those that wait.

    Imports that are being processed are left alone. To be called under `lock_drop`.
    """
    connection.execute(_SQL["withdraw_imports"], {"ids": list(ids), "reason": WITHDRAWN})

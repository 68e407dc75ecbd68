"""Writing an attempt to the registry: one transaction, exactly once, one account at a time.

What is written was decided by stage `matched_patients`. If another import of the account was
applied since then, the decisions are made again under the lock.
"""

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import chain, groupby
from operator import itemgetter

import duckdb
import polars as pl
from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.matching.match import match
from assets.matching.measures import read_measures
from assets.patients.registry_rows import (
    changes,
    count_outcomes,
    has_stored_patients,
    identity_questions,
    issues,
    new_names,
    outcomes,
    pairs,
    part_rows,
    patient_rows,
    refused_values,
    told_patients,
    touched_items,
    written_parts,
)
from assets.patients.same_as_check import refuse_what_was_not_checked
from assets.staging_database import scalar
from registry.database.account_lock import count_version, lock_account, next_version
from registry.database.bulk_copy import copy_in_batches, copy_in_temporary
from registry.database.statements import Statements
from registry.ledger.imports import Attempt, latest_attempt
from registry.ledger.states import apply_attempt
from schemas.canonical import SCALARS

_SQL = Statements(__file__)
_AHEAD = 2
"""Batches that are made before they are copied: they bound the memory, whatever the file's size."""

_TOLD = {"id": "uuid", "told": "uuid"}

Load = tuple[str, pl.DataFrame]
"""A table of the registry and rows for it."""


def apply(
    connection: duckdb.DuckDBPyConnection, registry: Connection, work: AttemptWork
) -> Attempt:
    """Commit registry changes, outcomes and the attempt's new state together.

    An attempt that is applied already is left as it is.

    Raises:
        FileFault: it follows a check, and would not do what the check said.
    """
    with registry.transaction():
        # Imports of one account apply one after another; others go on side by side.
        lock_account(registry, work.account.id)
        if latest_attempt(registry, work.imported.id).state != "open":
            return latest_attempt(registry, work.imported.id)
        _match_again_if_stale(connection, registry, work)
        refuse_what_was_not_checked(connection, registry, work)
        version = 0 if work.imported.dry_run else next_version(registry, work.account.id)
        if version:
            _write_registry(connection, registry, work, version)
        _write_ledger(connection, registry, work, version)
        return latest_attempt(registry, work.imported.id)


def _match_again_if_stale(
    connection: duckdb.DuckDBPyConnection, registry: Connection, work: AttemptWork
) -> None:
    row = registry.execute(
        "SELECT registry_version FROM account WHERE id = %s", (work.account.id,)
    ).fetchone()
    version = row[0] if row else 0
    if version != scalar(connection, "SELECT version FROM matched_under"):
        match(connection, registry, work)


def _write_registry(
    connection: duckdb.DuckDBPyConnection, registry: Connection, work: AttemptWork, version: int
) -> None:
    account_id = work.account.id
    parts = written_parts(connection)
    copy_in_batches(registry, "patient", patient_rows(connection, account_id, are_new=True))
    if has_stored_patients(connection):
        _update_patients(registry, patient_rows(connection, account_id, are_new=False))
        if _copy_if_any(registry, "told_patient", _TOLD, told_patients(connection)):
            registry.execute(_SQL["note_told"])
        for part in parts:
            _replace_items(connection, registry, part.name, part.table)
    _copy_ahead(
        registry,
        [
            *((part.table, part_rows(connection, part, account_id)) for part in parts),
            ("patient_change", changes(connection, work, version)),
            ("refused_value", refused_values(connection, work)),
        ],
    )
    for name in new_names(connection).iter_rows():
        registry.execute(
            "INSERT INTO vocabulary (account_id, field, folded, name) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (account_id, *name),
        )
    _open_reviews(connection, registry, work)
    _ask_about_identities(connection, registry, work)
    count_version(registry, account_id, work.imported.id, work.attempt.number)


def _copy_ahead(registry: Connection, loads: Iterable[tuple[str, Iterator[pl.DataFrame]]]) -> None:
    """Copy each load into its table while DuckDB makes the next batches ready."""
    made = ((table, frame) for table, batches in loads for frame in batches)
    # Closed also after an error of PostgreSQL: else the maker would still use DuckDB's connection
    # while the stage gives it back, and DuckDB's complaint would hide PostgreSQL's.
    with closing(_made_ahead(made)) as ahead:
        for table, group in groupby(ahead, key=itemgetter(0)):
            copy_in_batches(registry, table, (frame for _, frame in group))


def _made_ahead(items: Iterator[Load]) -> Generator[Load]:
    """The items, of which a few are made by another thread before they are asked for.

    Nobody else may use DuckDB's connection until the last one.
    """
    with ThreadPoolExecutor(max_workers=1) as maker:
        ready = deque(maker.submit(next, items, None) for _ in range(_AHEAD))
        while (item := ready.popleft().result()) is not None:
            ready.append(maker.submit(next, items, None))
            yield item


def _update_patients(registry: Connection, batches: Iterable[pl.DataFrame]) -> None:
    types = {"id": "uuid", "name_key": "bigint", "told": "uuid"}
    types |= {s.name: s.type for s in SCALARS}
    if not _copy_if_any(registry, "changed_patient", types, batches):
        return
    names = [name for name in types if name != "id"]
    assignments = ", ".join(f"{name} = changed_patient.{name}" for name in names)
    registry.execute(
        f"UPDATE patient SET {assignments} FROM changed_patient"
        " WHERE patient.id = changed_patient.id".encode()
    )


def _copy_if_any(
    registry: Connection, table: str, types: Mapping[str, str], batches: Iterable[pl.DataFrame]
) -> bool:
    """Make temporary `table` of the batches; where they hold no row, nothing is made."""
    filled = (frame for frame in batches if not frame.is_empty())
    first = next(filled, None)
    if first is None:
        return False
    copy_in_temporary(registry, table, types, chain([first], filled))
    return True


def _replace_items(
    connection: duckdb.DuckDBPyConnection, registry: Connection, part: str, table: str
) -> None:
    """Delete the items of stored patients that are written anew afterwards, or cleared."""
    types = {"patient_id": "uuid", "item": "text"}
    items = touched_items(connection, part)
    if not _copy_if_any(registry, f"touched_{part}", types, items):
        return
    registry.execute(
        f"DELETE FROM {table} USING touched_{part} AS touched"
        f" WHERE {table}.patient_id = touched.patient_id AND {table}.item = touched.item".encode()
    )


def _open_reviews(
    connection: duckdb.DuckDBPyConnection, registry: Connection, work: AttemptWork
) -> None:
    frame = pairs(connection)
    if frame.is_empty():
        return
    types = {"patient_id": "uuid", "other_patient_id": "uuid", "reason": "text", "line": "int"}
    copy_in_temporary(registry, "found_pair", types, frame)
    registry.execute(_SQL["open_reviews"].encode(), _about(work))


def _ask_about_identities(
    connection: duckdb.DuckDBPyConnection, registry: Connection, work: AttemptWork
) -> None:
    frame = identity_questions(connection)
    if frame.is_empty():
        return
    types = {"line": "int", "patient_id": "uuid", "person": "text", "is_applied": "boolean",
             "facts": "json"}  # fmt: skip
    copy_in_temporary(registry, "found_question", types, frame)
    registry.execute(_SQL["ask_about_identities"].encode(), _about(work))


def _about(work: AttemptWork) -> dict[str, object]:
    return {
        "account_id": work.account.id,
        "import_id": work.imported.id,
        "attempt": work.attempt.number,
    }


def _write_ledger(
    connection: duckdb.DuckDBPyConnection, registry: Connection, work: AttemptWork, version: int
) -> None:
    counts = count_outcomes(connection)
    _copy_ahead(
        registry,
        [("import_row", outcomes(connection, work)), ("row_issue", issues(connection, work))],
    )
    records = sum(counts.values())
    found = read_measures(connection)
    unlike = {"missing": found.missing, "changed_identities": found.changed_identities}
    apply_attempt(registry, work.attempt, version, {"records": records, **counts, **unlike})

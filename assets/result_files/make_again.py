"""Result files that are damaged or gone are made again, from ledger and archive alone."""

from functools import partial
from pathlib import Path

from psycopg import Connection

from assets.attempt_work import work_on
from assets.error_redaction import explained
from assets.result_files.result_rows import open_result
from assets.result_files.workbook_answer import write_answer
from registry.ledger.archived_months import require_rows
from registry.ledger.imports import Attempt, Import
from registry.ledger.results import ResultFile, ResultKind, find_result
from registry.settings import Settings
from registry.store.durable_files import storage_errors
from schemas.errors import ArchiveDamaged


def intact_result(
    connection: Connection,
    settings: Settings,
    imported: Import,
    attempt: Attempt,
    kind: ResultKind,
) -> Path | None:
    """A file of this machine with the bytes of a result; None where there is none yet.

    Raises:
        ArchiveDamaged: it is damaged or gone, and so is what it would be made of.
        StorageUnavailable: the archived bytes are gone, or the disk is full.
    """
    found = find_result(connection, settings, imported, attempt.number, kind)
    if found is None:
        return None
    with storage_errors("read a result", found.store.place_of("results")):
        path = found.intact_path()
        if path is None:
            explained(
                partial(_make_again, connection, settings, imported, attempt, found),
                "making the result again",
                imported.partition_key,
                debug=settings.debug,
            )
            path = found.store.file(found.key, found.sha256)
        return path


def _make_again(
    connection: Connection,
    settings: Settings,
    imported: Import,
    attempt: Attempt,
    found: ResultFile,
) -> None:
    """Put the same bytes in the file's place; other bytes are thrown away."""
    require_rows(connection, imported.id, imported.partition_key)
    work = work_on(connection, settings, imported, attempt)
    with found.store.begin(f"results/{imported.partition_key}") as draft:
        if found.kind == "failed_workbook":
            rows = intact_result(connection, settings, imported, attempt, "failed_rows")
            if rows is None:
                raise AssertionError("a workbook of failed rows was made of a file of them")
            write_answer(connection, work, rows, draft)
        else:
            with open_result(work, connection, suffix=".again.duckdb") as result:
                result.write(draft, failed_only=found.kind == "failed_rows")
        if draft.sha256 != found.sha256:
            raise ArchiveDamaged(
                f"The {found.label} of import {imported.partition_key} is damaged or gone, and "
                "cannot be made again as it was. Restore the results from a backup; "
                "`rosterline rows` shows every outcome meanwhile."
            )
        draft.place(found.key)

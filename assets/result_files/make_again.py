"""Result files that are damaged or gone are made again, from ledger and archive alone."""

from functools import partial
from pathlib import Path

from psycopg import Connection

from assets.attempt_work import work_on
from assets.error_redaction import explained
from assets.result_files.result_rows import open_result
from registry.landing.durable_files import (
    digest,
    draft_in,
    make_durable,
    storage_errors,
    sync_folders,
)
from registry.ledger.imports import Attempt, Import
from registry.ledger.results import ResultFile, ResultKind, find_result
from registry.settings import Settings
from schemas.errors import ArchiveDamaged

RESULT_MODE = 0o440


def intact_result(
    connection: Connection,
    settings: Settings,
    imported: Import,
    attempt: Attempt,
    kind: ResultKind,
) -> Path | None:
    """A result file with the bytes that the ledger's sha256 says; None where there is none yet.

    Raises:
        ArchiveDamaged: it is damaged or gone, and so is what it would be made of.
        StorageUnavailable: the archived bytes are gone, or the disk is full.
    """
    found = find_result(connection, settings, imported, attempt.number, kind)
    if found is None:
        return None
    if not found.is_intact():
        explained(
            partial(_make_again, connection, settings, imported, attempt, found),
            "making the result again",
            imported.partition_key,
            debug=settings.debug,
        )
    return found.path


def _make_again(
    connection: Connection,
    settings: Settings,
    imported: Import,
    attempt: Attempt,
    found: ResultFile,
) -> None:
    """Put the same bytes in the file's place; other bytes are thrown away."""
    work = work_on(connection, settings, imported, attempt)
    folder = found.path.parent
    with storage_errors("write a result", folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with draft_in(folder) as draft:
            with open_result(work, connection, suffix=".again.duckdb") as write:
                write(draft, failed_only=found.kind == "failed_rows")
            made = make_durable(draft, RESULT_MODE)
            if digest(made) != found.sha256:
                raise ArchiveDamaged(
                    f"The {found.label} of import {imported.partition_key} is damaged or gone, and "
                    "cannot be made again as it was. Restore the results folder from a backup; "
                    "`rosterline rows` shows every outcome meanwhile."
                )
            made.replace(found.path)
        sync_folders(folder)

"""Redaction of errors that leave a stage, so that they contain no value of a patient.

PostgreSQL, DuckDB, polars and pandera quote values in their errors ('invalid input syntax for
type date: "…"', "Key (value)=(…) already exists"), and Dagster stores errors and their causes,
which every user of its UI can read. An error that is not a `RosterlineError` is replaced by one
that names only its class, its SQLSTATE, the stage and the import, our line and the SQL file that
ran there; its causes are removed.
"""

from collections.abc import Callable
from typing import TypeVar

import duckdb
import psycopg

from assets.error_places import place_of
from schemas.errors import (
    DatabaseUnavailable,
    MemoryExceeded,
    NotAllowed,
    RosterlineError,
    StageFailed,
    StorageUnavailable,
)

T = TypeVar("T")

_OUTAGES = ("08", "53", "57P")
"""SQLSTATE classes: lost connections, exhausted resources, servers that shut down."""


def explained(
    run: Callable[[], T], stage: str, partition_key: str, *, debug: bool, of: str = "import"
) -> T:
    """Call `run` and return its result; replace its errors. With `debug`, errors stay unchanged.

    `of` says what the partition is.

    Example: `UniqueViolation: Key (value)=(555-0100) already exists` in stage `patients` →
    `StageFailed: patients of import K ended with UniqueViolation, SQLSTATE 23505. …`.

    Raises:
        DatabaseUnavailable: the connection to PostgreSQL was lost.
        StorageUnavailable: the disk is full or cannot be used.
        NotAllowed: another process works on the same import.
        MemoryExceeded: it needs more memory, or temporary files, than it may have.
        StageFailed: any other error that is not a `RosterlineError`.
    """
    try:
        return run()
    except Exception as error:
        if debug:
            raise
        replacement = _replacement(error, f"{stage} of {of} {partition_key}")
    # Outside of the `except` block, because Python would keep the error in `__context__`, even with
    # `raise … from None`. The cause of a RosterlineError is removed too: an OSError names the
    # sender's file.
    replacement.__cause__ = replacement.__context__ = None
    raise replacement


def _replacement(error: Exception, work: str) -> RosterlineError:
    if isinstance(error, RosterlineError):
        return error
    if isinstance(error, psycopg.Error) and _is_outage(error):
        return DatabaseUnavailable(
            f"PostgreSQL cannot be reached any more ({_name(error)}), in {work}. Nothing was "
            "lost; the import continues when it is back."
        )
    if isinstance(error, duckdb.IOException) and "lock" in str(error):
        return NotAllowed(f"another process is at work: {work}; wait until it is over")
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
        said, advice = _what_was_exceeded(str(error))
        return MemoryExceeded(f"{work} {said}; nothing was lost.", advice=advice)
    if isinstance(error, OSError | duckdb.IOException) or (
        isinstance(error, duckdb.Error) and "Could not write file" in str(error)
    ):
        return StorageUnavailable(
            f"A file cannot be read or written ({_name(error)}), in {work}; nothing was lost.",
            advice="free space or mend the permissions of the home folder",
        )
    place = place_of(error)
    at = f", at {place}" if place else ""
    return StageFailed(
        f"{work} ended with {_name(error)}{at}.",
        advice="its text is left out because it may contain a patient's values; to see it, run "
        "with ROSTERLINE_DEBUG=1 on synthetic data",
    )


def _what_was_exceeded(text: str) -> tuple[str, str]:
    """What DuckDB lacked, and what is to be done; its own text may quote a statement."""
    if "max_temp_directory_size" in text:
        return (
            "needed larger temporary files than the disk has room for",
            "free space on the disk of the home folder, or raise ROSTERLINE_DUCKDB_MEMORY_LIMIT",
        )
    advice = (
        "raise ROSTERLINE_DUCKDB_MEMORY_LIMIT (a quarter of the machine's memory is safe), or "
        "split the file"
    )
    return "needed more memory than it may have", advice


def _is_outage(error: psycopg.Error) -> bool:
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.sqlstate.startswith(_OUTAGES)


def _name(error: Exception) -> str:
    """Class and number of an error, which contain no value of a patient."""
    name = type(error).__name__
    if isinstance(error, psycopg.Error) and error.sqlstate:
        return f"{name}, SQLSTATE {error.sqlstate}"
    if isinstance(error, OSError) and error.errno:
        return f"{name}, errno {error.errno}"
    return name

"""The one place where errors leave a stage: what is said about them, and what is not.

PostgreSQL, DuckDB, polars and pandera quote values in their errors ('invalid input syntax for
type date: "…"', "Key (value)=(…) already exists"), and Dagster keeps errors with their causes for
everybody to read. So an error that is not one of ours is replaced by one that names its class, its
SQLSTATE, the stage and the import, and nothing else; its causes are cut off.
"""

from collections.abc import Callable
from typing import TypeVar

import duckdb
import psycopg

from schemas.errors import (
    DatabaseUnavailable,
    NotAllowed,
    RosterlineError,
    StageFailed,
    StorageUnavailable,
)

T = TypeVar("T")

_OUTAGES = ("08", "53", "57P")
"""SQLSTATEs of connections lost, resources used up, and servers that shut down."""


def explained(run: Callable[[], T], stage: str, partition_key: str, *, debug: bool) -> T:
    """What `run` returns; no patient's value leaves `stage`. With `debug`, errors pass as they are.

    Raises:
        DatabaseUnavailable: PostgreSQL went away.
        StorageUnavailable: the disk is full or cannot be used.
        NotAllowed: another process works on the same import.
        StageFailed: anything else that is not one of our own errors.
    """
    try:
        return run()
    except Exception as error:
        if debug:
            raise
        replacement = _replacement(error, f"{stage} of import {partition_key}")
    # Out here the error is no longer being handled: Python would keep it in __context__, even of
    # `raise … from None`. Also a cause of one of ours is cut off: OSError names the sender's file.
    replacement.__cause__ = replacement.__context__ = None
    raise replacement


def _replacement(error: Exception, work: str) -> RosterlineError:
    if isinstance(error, RosterlineError):
        return error
    if isinstance(error, psycopg.Error) and _is_outage(error):
        return DatabaseUnavailable(
            f"PostgreSQL cannot be reached any more ({_name(error)}), in {work}. Nothing was "
            "lost; the import goes on when it is back."
        )
    if isinstance(error, duckdb.IOException) and "lock" in str(error):
        return NotAllowed(f"another process is at work: {work}; wait until it is over")
    if isinstance(error, OSError | duckdb.IOException | duckdb.OutOfMemoryException) or (
        isinstance(error, duckdb.Error) and "Could not write file" in str(error)
    ):
        return StorageUnavailable(
            f"A file cannot be read or written ({_name(error)}), in {work}. Free space or mend "
            "the permissions of the home folder; nothing was lost, the import goes on by itself."
        )
    return StageFailed(
        f"{work} ended by {_name(error)}. Its text is left out because it may hold a patient's "
        "values; run it with ROSTERLINE_DEBUG=1 on data that is nobody's to see it."
    )


def _is_outage(error: psycopg.Error) -> bool:
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.sqlstate.startswith(_OUTAGES)


def _name(error: Exception) -> str:
    """Class and number of an error, which hold no value of a patient."""
    name = type(error).__name__
    if isinstance(error, psycopg.Error) and error.sqlstate:
        return f"{name}, SQLSTATE {error.sqlstate}"
    if isinstance(error, OSError) and error.errno:
        return f"{name}, errno {error.errno}"
    return name

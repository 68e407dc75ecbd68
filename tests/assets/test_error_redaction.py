"""Errors that leave a stage contain no value of a patient."""

import errno
import traceback
from types import SimpleNamespace

import duckdb
import psycopg
import pytest

from assets.error_redaction import explained
from assets.steps import Step, run_steps
from registry.ledger.imports import list_rows
from schemas.errors import (
    DatabaseUnavailable,
    MemoryExceeded,
    NotAllowed,
    NotFound,
    StageFailed,
    StorageUnavailable,
)

VALUE = "Qzxkname"


def raised_for(error, *, debug=False):
    """The error that leaves the stage `patients` when `error` is raised inside it."""

    def run():
        raise error

    with pytest.raises(Exception) as caught:  # noqa: PT011 - each test looks at the class
        explained(run, "patients", "2026-11-22_acme_0123456789", debug=debug)
    return caught.value


def test_a_result_passes_unchanged():
    assert explained(lambda: 7, "patients", "key", debug=False) == 7


def test_an_unexpected_error_is_replaced_by_its_class_stage_and_import():
    error = raised_for(ValueError(f"could not convert {VALUE}"))
    assert isinstance(error, StageFailed)
    assert "patients of import 2026-11-22_acme_0123456789 ended with ValueError" in str(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError(VALUE),
        psycopg.errors.UniqueViolation(f"Key (value)=({VALUE}) already exists"),
        psycopg.OperationalError(f"connection lost while sending {VALUE}"),
        duckdb.ConversionException(f"Could not convert string '{VALUE}' to DATE"),
        OSError(errno.ENOSPC, "No space left on device", f"/archive/{VALUE}.csv"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_neither_text_nor_causes_contain_a_value(error):
    left = raised_for(error)
    assert VALUE not in "".join(traceback.format_exception_only(left))
    assert left.__cause__ is None
    assert left.__context__ is None


def test_the_cause_of_our_own_error_is_removed_too():
    own = NotFound("there is no such import")
    own.__cause__ = OSError(errno.ENOENT, "No such file", f"/archive/{VALUE}.csv")
    left = raised_for(own)
    assert left is own
    assert left.__cause__ is None


@pytest.mark.parametrize(
    ("error", "replacement", "shown"),
    [
        (psycopg.OperationalError("gone"), DatabaseUnavailable, "OperationalError"),
        (psycopg.InterfaceError("closed"), DatabaseUnavailable, "InterfaceError"),
        (psycopg.errors.AdminShutdown("off"), DatabaseUnavailable, "SQLSTATE 57P01"),
        (psycopg.errors.DiskFull("full"), DatabaseUnavailable, "SQLSTATE 53100"),
        (psycopg.errors.UniqueViolation("twice"), StageFailed, "SQLSTATE 23505"),
        (duckdb.IOException("Could not set lock on file"), NotAllowed, "another process"),
        (duckdb.IOException("cannot read"), StorageUnavailable, "IOException"),
        (duckdb.OutOfMemoryException("no block"), MemoryExceeded, "ROSTERLINE_DUCKDB_MEMORY_LIMIT"),
        (
            duckdb.OutOfMemoryException("limit was set by 'max_temp_directory_size'"),
            MemoryExceeded,
            "free space on the disk of the home folder",
        ),
        (MemoryError("x"), MemoryExceeded, "needed more memory than it may have"),
        (duckdb.Error("Could not write file"), StorageUnavailable, "Error"),
        (OSError(errno.ENOSPC, "full"), StorageUnavailable, f"errno {errno.ENOSPC}"),
        (duckdb.ParserException("syntax"), StageFailed, "ParserException"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_outages_of_database_and_storage_are_distinguished_from_faults(error, replacement, shown):
    left = raised_for(error)
    assert type(left) is replacement
    assert shown in str(left)


def test_with_debug_the_error_stays_as_it_is():
    error = ValueError(VALUE)
    assert raised_for(error, debug=True) is error


def test_an_error_of_postgresql_names_our_line_and_the_sql_file_that_ran(connection):
    attempt = SimpleNamespace(import_id=VALUE, number=1)
    with pytest.raises(StageFailed) as caught:
        explained(lambda: list_rows(connection, attempt), "patients", "key", debug=False)
    said = str(caught.value)
    assert "InvalidTextRepresentation, SQLSTATE 22P02, at registry/ledger/imports.py:" in said
    assert ", registry/ledger/sql/list_rows.sql." in said
    assert VALUE not in said


def test_an_error_of_duckdb_names_the_step_that_failed_and_not_the_one_after_it():
    steps = [Step("fine", "SELECT 1"), Step("broken", "SELECT nothing"), Step("after", "SELECT 2")]

    def run():
        with duckdb.connect() as staging:
            run_steps(staging, *steps)

    with pytest.raises(StageFailed) as caught:
        explained(run, "matched_patients", "key", debug=False)
    assert "BinderException, at assets/steps.py:" in str(caught.value)
    assert "step broken" in str(caught.value)

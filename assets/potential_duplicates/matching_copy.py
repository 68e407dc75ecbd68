"""A columnar copy of the matching columns and blocking keys of an account's patients.

A DuckDB file per account, `matching/<account>.duckdb` in the home folder:

    features     number, and the matching columns of a patient (identity/features.py)
    patient_key  number, rule, key: a row for each blocking key of a patient
    copied       the version of the registry that the copy shows, and what it was made with

It holds nothing that the registry does not, and is brought up to date by the change sets since its
version. It is made again if it was made by other code, of another database, damaged, or absent. An
update that is cut off leaves the version as it was, and the next one does the same patients again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from inspect import getsource
from pathlib import Path
from uuid import UUID

import duckdb
import polars as pl
from psycopg import Connection, IsolationLevel

from assets.potential_duplicates.people import fetch_people
from assets.staging_database import create_table, scalar
from assets.steps import StepFiles, run_steps
from identity import features, keys, names, placeholders, words
from identity.features import (
    FEATURE_COLUMNS,
    FEATURES_VERSION,
    PERSON_COLUMNS,
    make_features,
)
from identity.keys import keys_query
from registry.database.account_lock import matching_copy_lock
from registry.database.bulk_copy import copy_in_temporary
from registry.database.statements import Statements
from registry.patients.changed_since import (
    RegistryVersion,
    changed_since,
    count_patients,
    registry_version,
)
from registry.settings import Settings

PAGE_PATIENTS = 100_000
"""Patients whose columns are made at a time: they bound the memory, whatever the account's size."""

_SQL = Statements(__file__)
_STEPS = StepFiles(__file__)
_STORED = (*FEATURE_COLUMNS, "key_phone", "key_email")
"""Comparisons read these two lists of keys as well; all others are only rows of `patient_key`."""


@dataclass(frozen=True)
class CopyUpdate:
    """What bringing a copy up to date did."""

    copied: int
    """Patients whose columns were made, or who left the registry."""
    made_again: bool
    patients: int
    """Patients of the account."""
    missing: int
    """Patients whom the copy lacks; negative if it has too many."""


@contextmanager
def open_copy(
    settings: Settings, registry: Connection, account_id: int, *, make_again: bool = False
) -> Iterator[tuple[duckdb.DuckDBPyConnection, CopyUpdate]]:
    """The account's copy as `copied` in a DuckDB of its own, up to date; nobody else has it open.

    The registry's connection must not be within a transaction.
    """
    path = settings.matching_dir / f"{account_id}.duckdb"
    with matching_copy_lock(registry, account_id):
        connection = open_engine(settings)
        try:
            if make_again or not _attach(connection, path):
                attach_empty(connection, path)
            yield connection, _bring_up_to_date(connection, registry, account_id, path)
        finally:
            connection.close()


def open_engine(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A DuckDB of this caller's own, which may take so much memory as the settings allow."""
    settings.matching_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.matching_memory_limit,
        "temp_directory": str(settings.matching_dir / "spill"),
        "autoinstall_known_extensions": "false",
    }
    if settings.duckdb_threads:
        config["threads"] = settings.duckdb_threads
    return duckdb.connect(config=config)


def _attach(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Attach a copy that was made with the present features; False if there is none to use."""
    if not path.exists():
        return False
    try:
        _attach_file(connection, path)
        made_with = connection.execute("SELECT made_with FROM copied.copied").fetchall()
    except (duckdb.IOException, duckdb.CatalogException, duckdb.SerializationException):
        return False
    return made_with == [(_made_with(),)]


def _attach_file(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    quoted = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{quoted}' AS copied")


def attach_empty(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Attach a new copy without patients, in place of the one that may be there."""
    connection.execute("DETACH DATABASE IF EXISTS copied")
    for left_over in path.parent.glob(f"{path.name}*"):
        left_over.unlink()
    _attach_file(connection, path)
    columns = ", ".join(f"{name} {kind}" for name, kind in PERSON_COLUMNS.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE person ({columns})")
    make_features(connection)
    for name in ("create_features", "create_patient_key", "create_copied"):
        run_steps(connection, _STEPS[name].fill(columns=", ".join(_STORED)))
    connection.execute("INSERT INTO copied.copied VALUES (-1, NULL, ?)", [_made_with()])


@cache
def _made_with() -> str:
    """What a copy was made with: the code of the features and keys, and the libraries it uses."""
    digest = sha256()
    for module in (features, keys, names, placeholders, words):
        digest.update(getsource(module).encode())
    for path in sorted((files("identity") / "sql").iterdir(), key=lambda path: path.name):
        digest.update(path.read_bytes())
    libraries = " ".join(f"{name} {version(name)}" for name in ("jellyfish", "nicknames"))
    return f"{FEATURES_VERSION} {libraries} {digest.hexdigest()}"


def _bring_up_to_date(
    connection: duckdb.DuckDBPyConnection, registry: Connection, account_id: int, path: Path
) -> CopyUpdate:
    """Copy the patients who changed since the copy's version, all of one state of the registry."""
    [(number, change_set)] = connection.execute(
        "SELECT version, change_set FROM copied.copied"
    ).fetchall()
    with _snapshot(registry):
        now = registry_version(registry, account_id)
        changed = changed_since(registry, account_id, RegistryVersion(number, change_set), now)
        if changed is None:
            attach_empty(connection, path)
        pages = _pages(changed) if changed is not None else _all_pages(registry, account_id)
        copied = sum(_copy_page(connection, registry, account_id, page) for page in pages)
        patients = count_patients(registry, account_id)
    connection.execute(
        "UPDATE copied.copied SET version = ?, change_set = ?", [now.number, now.change_set]
    )
    missing = patients - scalar(connection, "SELECT count(*) FROM copied.features")
    return CopyUpdate(copied, changed is None, patients, missing)


@contextmanager
def _snapshot(registry: Connection) -> Iterator[None]:
    """A transaction that sees one state of the registry all the time."""
    before = registry.isolation_level
    registry.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with registry.transaction():
            yield
    finally:
        registry.isolation_level = before


def _pages(patients: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (patients[at : at + PAGE_PATIENTS] for at in range(0, len(patients), PAGE_PATIENTS))


def _all_pages(registry: Connection, account_id: int) -> Iterator[Sequence[UUID]]:
    after = UUID(int=0)
    while page := registry.execute(
        _SQL["list_patients"], {"account_id": account_id, "after": after, "count": PAGE_PATIENTS}
    ).fetchall():
        yield [patient for (patient,) in page]
        after = page[-1][0]


def _copy_page(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    account_id: int,
    patients: Sequence[UUID],
) -> int:
    """Replace the rows of these patients; those who left the registry have none afterwards."""
    wanted = pl.DataFrame({"patient_id": [str(patient) for patient in patients]})
    copy_in_temporary(registry, "wanted_patient", {"patient_id": "uuid"}, wanted)
    fetch_people(connection, registry, account_id)
    registry.execute("DROP TABLE wanted_patient")
    replace_patients(connection, wanted)
    return len(patients)


def replace_patients(connection: duckdb.DuckDBPyConnection, wanted: pl.DataFrame) -> None:
    """Replace the rows of the wanted patients by those of `person`."""
    make_features(connection)
    create_table(connection, "wanted", wanted)
    with transaction(connection):
        run_steps(
            connection,
            _STEPS["delete_former_keys"],
            _STEPS["delete_former_features"],
            _STEPS["number_patients"],
            _STEPS["add_features"].fill(columns=", ".join(_STORED)),
            _STEPS["add_keys"].fill(keys=keys_query("features")),
        )


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All changes of the copy within, or none."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")

"""A patient with where each value came from, and what changed when: read from `patient_change`."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from registry.database.statements import Statements
from registry.ledger.archived_months import history_since
from registry.patients.facts import read_facts
from registry.patients.merged_ids import patients_merged_into
from registry.patients.record import (
    Change,
    Fact,
    Origin,
    OtherPatient,
    Record,
    RefusedValue,
    UndoneImport,
    address_of,
)
from schemas.errors import NotFound
from schemas.issues import KEPT_NEWER

_SQL = Statements(__file__)
_ASSERTING = (None, "identity", "correction")
"""The decisions that assert values; None is a file or a caller."""


def read_record(connection: Connection, account_id: int, patient_id: UUID) -> Record:
    """The account's patient with this id, and what was asserted about patients merged into them.

    The origin of a value is the row or caller that asserted it, never an undo, merge or split.

    Raises:
        NotFound: the account has no such patient, and never had.
    """
    facts = read_facts(connection, account_id, patient_id)
    if not facts and not _was_created(connection, account_id, patient_id):
        raise NotFound("there is no such patient")
    merged = patients_merged_into(connection, account_id, patient_id)
    changes = _read_changes(connection, patient_id, merged)
    origins = origins_of(changes)
    return Record(
        patient_id,
        [
            Fact(field, item, attribute, value,
                 origins.get((address_of(field, item, attribute), value)))
            for field, item, attribute, value in facts
        ],
        changes[::-1],
        history_since(connection, account_id, patient_id),
    )  # fmt: skip


def owner_of(connection: Connection, patient_id: UUID) -> tuple[int, str]:
    """Number and name of the account that has this patient, or had until a merge or an undo.

    For operators, who see all accounts.

    Raises:
        NotFound: no account has this patient.
    """
    found = connection.execute(_SQL["find_owner"], {"patient": patient_id}).fetchone()
    if found is None:
        raise NotFound(
            f"there is no patient {patient_id}",
            advice="`rosterline rows IMPORT` shows the ids of a file's patients",
        )
    return int(found[0]), str(found[1])


def read_refused_values(connection: Connection, patient_id: UUID) -> list[RefusedValue]:
    """Values that "old never beats new" refused for this patient, the newest attempt first."""
    about = {"patient": patient_id, "separator": KEPT_NEWER, "pattern": f"%{KEPT_NEWER}%"}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_SQL["read_refused_values"], about).fetchall()
    return [RefusedValue(_origin_of_row(row), row["address"], row["newer"]) for row in rows]


def origins_of(changes: list[Change]) -> dict[tuple[str, str | None], Origin]:
    """Who brought each value last, by (address, value); `changes` come the oldest first.

    An attempt that is in effect goes before one that was undone. What an undo, a merge or a split
    wrote has the origin of the change that brought the value before:

        changes of city                       origins
        row 2 of a.csv   None → Rome          (city, Rome): row 2 of a.csv
        row 2 of b.csv   Rome → Oslo          (city, Oslo): row 2 of b.csv, which was undone
        undo of b.csv    Oslo → Rome
    """
    asserted = [change for change in changes if change.origin.decision in _ASSERTING]
    # Later entries of the dictionary replace earlier ones, so changes in effect come last.
    asserted.sort(key=lambda change: not change.origin.is_undone)
    return {
        (address, new): change.origin
        for change in asserted
        for address, (_, new) in change.values.items()
    }


def _was_created(connection: Connection, account_id: int, patient_id: UUID) -> bool:
    """Whether a file of the account named a patient with this id, who may be gone by now."""
    about = {"account": account_id, "patient": patient_id}
    return connection.execute(_SQL["find_row_of_patient"], about).fetchone() is not None


def _read_changes(connection: Connection, patient_id: UUID, merged: list[UUID]) -> list[Change]:
    about = {"patient": patient_id, "patients": [patient_id, *merged]}
    with connection.cursor(row_factory=dict_row) as cursor:
        return [_change(row) for row in cursor.execute(_SQL["read_changes"], about).fetchall()]


def _change(row: dict[str, Any]) -> Change:
    values = {address: (old, new) for address, (old, new) in row["changes"].items()}
    undone = None
    if row["undone_id"] is not None:
        undone = UndoneImport(row["undone_id"], row["undone_file_name"], row["undone_key"])
    origin = replace(
        _origin_of_row(row),
        is_undone=row["is_undone"],
        decision=row["decision"],
        decision_id=row["decision_id"],
        user_name=row["user_name"],
        undone=undone,
        other=OtherPatient(row["other_id"], row["other_name"]) if row["other_id"] else None,
        merged_patient_id=row["merged_patient_id"],
    )
    return Change(origin, values)


def _origin_of_row(row: dict[str, Any]) -> Origin:
    return Origin(
        row["import_id"],
        row["file_name"],
        row["source"],
        row["line"],
        row["received_at"],
        row["attempt"] or 0,
        row["partition_key"],
        row["run_id"],
    )

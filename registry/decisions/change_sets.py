"""Change sets of people: values old → new, written into the tables and into the history.

A change set may be about one patient or a hundred thousand, so every step is one statement over all
of them. The caller fills the temporary table `fact_change(patient_id, address, old, new, place)`:

    patient   address                    old    new
    Maria     address/home/city          Oslo   Rome      changed
    Maria     flag/frail/name            Frail  NULL      removed from the patient
    Maria     contact/email/main/value   NULL   m@x.org   added

`place` orders the items of a patient that are added. A NULL for a value that a patient must have,
such as the last name, removes the patient; such a value where there was none brings one back.

All of it is one transaction under the lock of `registry/database/account_lock.py`, which the caller
takes.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from registry.database.account_lock import count_version, next_version
from registry.database.statements import Statements
from registry.decisions.temporary_tables import make_empty, make_temporary
from schemas.canonical import IDENTIFIER, PARTS, SCALARS, Part
from schemas.name_folding import name_key

_SQL = Statements(__file__)

REQUIRED = [scalar.name for scalar in SCALARS if scalar.required]
"""Addresses of the values that a patient must have."""

_NAME_KEY_OF = ("first_name", "last_name", "birth_year", "gender")


@dataclass(frozen=True)
class PatientCounts:
    """Patients whom a change set changed, removed from the registry, and brought back to it."""

    changed: int
    removed: int
    restored: int


def open_change_set(connection: Connection) -> None:
    """Create `fact_change`, empty; one that this transaction used before is dropped."""
    columns = "(patient_id uuid, address text, old text, new text, place int NOT NULL DEFAULT 0)"
    make_empty(connection, "fact_change", columns)


def count_change_set(connection: Connection) -> PatientCounts:
    """What writing `fact_change` would do, where no patient comes back."""
    found = connection.execute(_SQL["count_change_set"], {"required": REQUIRED}).fetchall()[0]
    return PatientCounts(found[0] - found[1], found[1], 0)


def write_change_set(
    connection: Connection, account_id: int, decision_id: UUID, at: datetime
) -> PatientCounts:
    """Write the new values of `fact_change` into the tables, and its changes into the history.

    A patient who is removed loses parts, aliases and open reviews as well. The caller holds the
    account's lock, and has made sure that no identifier is given to two patients.
    """
    connection.execute("ANALYZE fact_change")
    about: dict[str, object] = {
        "decision": decision_id,
        "at": at,
        "version": next_version(connection, account_id),
    }
    make_temporary(
        connection, "removed_patient", _SQL["find_removed_patients"], {"required": REQUIRED}
    )
    _remove_items(connection)
    make_temporary(connection, "new_value", _SQL["split_addresses"])
    restored = _write_patients(connection, account_id)
    _write_parts(connection, account_id)
    written = connection.execute(_SQL["insert_change_set"], about).rowcount
    removed = _remove_patients(connection)
    count_version(connection, account_id, decision_id)
    return PatientCounts(written - removed - restored, removed, restored)


def _write_patients(connection: Connection, account_id: int) -> int:
    """Write scalars; returns how many patients came back."""
    about: dict[str, object] = {"account": account_id, "key": list(_NAME_KEY_OF)}
    make_temporary(connection, "patient_after", _SQL["merge_scalars"], about)
    _make_name_keys(connection)
    names = [scalar.name for scalar in SCALARS]
    columns = ", ".join(names)
    new_values = ", ".join(f"patient_after.{name}" for name in names)
    connection.execute(_SQL["update_patients"].format(columns=columns, new_values=new_values))
    connection.execute(_SQL["forget_told"])
    inserted = connection.execute(_SQL["insert_patients"].format(columns=columns))
    return inserted.rowcount


def _make_name_keys(connection: Connection) -> None:
    """The blocking key of patients whose names changed, worked out here: PostgreSQL cannot fold."""
    people = connection.execute(
        f"SELECT id, {', '.join(_NAME_KEY_OF)} FROM patient_after WHERE has_new_key"
    ).fetchall()
    make_empty(connection, "new_name_key", "(id uuid, name_key bigint)")
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY new_name_key (id, name_key) FROM STDIN") as copy,
    ):
        for patient_id, *person in people:
            copy.write_row((patient_id, name_key(*person)))
    connection.execute("ANALYZE new_name_key")


def _write_parts(connection: Connection, account_id: int) -> None:
    found = connection.execute("SELECT DISTINCT field FROM new_value WHERE attribute <> ''")
    changed = {field for (field,) in found.fetchall()}
    for part in PARTS:
        if part.name in changed:
            _write_part(connection, part, account_id)


def _write_part(connection: Connection, part: Part, account_id: int) -> None:
    """Delete the changed items and insert them again, without those that have no value left.

    Never by update: two patients may exchange an identifier, which is unique at every moment.
    An item that was there before keeps its place in the sender's order, its `sequence`.
    """
    about: dict[str, object] = {"account": account_id, "part": part.name}
    merge_items = _SQL["merge_items"].format(table=part.table)
    make_temporary(connection, "item_after", merge_items, about)
    connection.execute(_SQL["delete_changed_items"].format(table=part.table))
    has_value = f"num_nonnulls({', '.join(part.attributes)}) > 0"
    own = ["patient_id", "item", *part.attributes]
    if part is IDENTIFIER:
        own.append("account_id")  # by which identifiers are unique
    for columns, known in (([*own, "sequence"], "IS NOT NULL"), (own, "IS NULL")):
        insert_items = _SQL["insert_items"].format(
            table=part.table,
            columns=", ".join(columns),
            condition=f"sequence {known} AND {has_value}",
        )
        connection.execute(insert_items)


def _remove_items(connection: Connection) -> None:
    for part in PARTS:
        connection.execute(
            f"DELETE FROM {part.table} USING removed_patient"
            f" WHERE {part.table}.patient_id = removed_patient.patient_id"
        )


def _remove_patients(connection: Connection) -> int:
    """Delete the removed patients, their aliases and open reviews; returns how many patients.

    Last of all: row-level security lets a history be written only while its patient is there.
    """
    connection.execute(
        "DELETE FROM patient_alias USING removed_patient"
        " WHERE patient_alias.patient_id = removed_patient.patient_id"
    )
    for column in ("patient_id", "other_patient_id"):
        connection.execute(
            "DELETE FROM review USING removed_patient"
            f" WHERE review.{column} = removed_patient.patient_id AND review.state = 'open'"
        )
    connection.execute(
        "DELETE FROM identity_review AS asked USING removed_patient"
        " WHERE asked.patient_id = removed_patient.patient_id AND asked.state = 'open'"
    )
    return connection.execute(
        "DELETE FROM patient USING removed_patient WHERE patient.id = removed_patient.patient_id"
    ).rowcount

"""Ids of merged patients: which patient such an id leads to now.

A review that is `same` says which patient was merged into which, until the two are split. Merges
may follow one another:

    C was merged into B, then B into A:   C → A, B → A, A → A;   merged into A: B and C
"""

from uuid import UUID

from psycopg import Connection

from registry.database.statements import Statements

_SQL = Statements(__file__)


def surviving_patient(connection: Connection, account_id: int, patient_id: UUID) -> UUID:
    """The patient that this id of the account leads to: itself, unless the patient was merged."""
    about = {"account": account_id, "patient": patient_id}
    row = connection.execute(_SQL["find_surviving_patient"], about).fetchone()
    return row[0] if row else patient_id


def patients_merged_into(connection: Connection, account_id: int, patient_id: UUID) -> list[UUID]:
    """Ids of patients merged into this one, directly or through another patient."""
    about = {"account": account_id, "patient": patient_id}
    rows = connection.execute(_SQL["list_patients_merged_into"], about).fetchall()
    return [merged for (merged,) in rows]


def read_aliases(
    connection: Connection, account_id: int, patient_id: UUID
) -> list[tuple[str, str]]:
    """(item, value) of identifiers that lead to the patient without being shown."""
    about = {"account": account_id, "patient": patient_id}
    return connection.execute(_SQL["list_aliases"], about).fetchall()

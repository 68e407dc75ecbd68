"""A patient's values as the registry's tables hold them now, in the order of the declarations."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from schemas.canonical import PARTS, SCALARS

BareFact = tuple[str, str, str, str]
"""(field, item, attribute, value); item and attribute of a scalar are empty."""


def read_facts(connection: Connection, account_id: int, patient_id: UUID) -> list[BareFact]:
    """All values of the account's patient; none where there is no such patient."""
    with connection.cursor(row_factory=dict_row) as cursor:
        patient = cursor.execute(
            "SELECT * FROM patient WHERE account_id = %(account)s AND id = %(patient)s",
            {"account": account_id, "patient": patient_id},
        ).fetchone()
    if patient is None:
        return []
    return _facts_of_scalars(patient) + _facts_of_parts(connection, patient_id)


def _facts_of_scalars(row: dict[str, Any]) -> list[BareFact]:
    return [
        (scalar.name, "", "", _text(row[scalar.name]))
        for scalar in SCALARS
        if row.get(scalar.name) is not None
    ]


def _facts_of_parts(connection: Connection, patient_id: UUID) -> list[BareFact]:
    facts: list[BareFact] = []
    with connection.cursor(row_factory=dict_row) as cursor:
        for part in PARTS:
            columns = ", ".join(part.attributes)
            rows = cursor.execute(
                f"SELECT item, {columns} FROM {part.table}"
                " WHERE patient_id = %(patient)s ORDER BY sequence",
                {"patient": patient_id},
            ).fetchall()
            facts += [
                (part.name, row["item"], name, _text(row[name]))
                for row in rows
                for name in part.attributes
                if row[name] is not None
            ]
    return facts


def _text(value: object) -> str:
    """A value as changes spell it."""
    return str(value).lower() if isinstance(value, bool) else str(value)

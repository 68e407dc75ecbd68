"""Patients with what a spreadsheet has a column for, in the order of their ids."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.patients.patient_lists import Wanted, conditions_of

_SQL = Statements(__file__)


@dataclass(frozen=True)
class ExportedPatient:
    """A patient as one row; several values of a kind are joined by `; `."""

    id: UUID
    first_name: str
    last_name: str
    birth_date: date | None
    birth_year: int
    gender: str
    language: str | None
    internal_id: str | None
    external_id: str | None
    ehr_id: str | None
    medicare_id: str | None
    social_security_number: str | None
    phones: str | None
    emails: str | None
    street: str | None
    city: str | None
    state: str | None
    zip: str | None
    department: str | None
    groups: str | None


COLUMNS = {
    name: name.replace("_", " ").capitalize().replace("Id", "ID").replace(" id", " ID")
    for name in ExportedPatient.__dataclass_fields__
} | {"ehr_id": "EHR ID", "emails": "E-mails", "id": "Patient ID"}
"""The heading of each column, in their order."""


def list_exported(
    connection: Connection,
    account_id: int,
    wanted: Wanted,
    count: int,
    *,
    after: UUID | None = None,
) -> list[ExportedPatient]:
    """The first patients of those wanted, or the first that follow the id `after`."""
    conditions, about = conditions_of(account_id, wanted)
    about |= {"after": after, "count": count}
    statement = _SQL["list_exported"].format(conditions=conditions)
    with connection.cursor(row_factory=class_row(ExportedPatient)) as cursor:
        return cursor.execute(statement, about).fetchall()

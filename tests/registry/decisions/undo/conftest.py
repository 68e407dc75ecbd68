from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from registry.accounts.accounts import add_account
from registry.decisions import undo as undoing
from registry.decisions.undo import Undone
from registry.ledger.imports import get_import
from registry.patients.patients import set_opt_out
from registry.tables.patients import parts, patient
from tests.importing import Imported, process, put
from tests.nights import MONDAY, Clinic


@dataclass
class Desk:
    """A clinic, and people who take its imports back; what they do is a minute apart."""

    clinic: Clinic
    minute: int = field(default=0)

    def undo(self, done: Imported, by: str = "rita@example.com") -> Undone:
        self.minute += 1
        connection = self.clinic.connection
        imported = get_import(connection, done.imported.partition_key)
        at = MONDAY + timedelta(days=30, minutes=self.minute)
        found = undoing.undo(connection, imported, by, at)
        connection.commit()
        return found

    def opts_out(self, patient_id, *, day=20):
        connection, account = self.clinic.connection, self.clinic.account
        set_opt_out(connection, account.id, patient_id, MONDAY + timedelta(days=day), opt_out=True)
        connection.commit()

    def tables(self) -> dict[str, list[Any]]:
        return registry_tables(self.clinic.connection)


@pytest.fixture
def clinic(database, connection, tmp_path):
    return Clinic(database, connection, tmp_path)


@pytest.fixture
def desk(clinic):
    return Desk(clinic)


@pytest.fixture
def send_direct(database, connection, tmp_path):
    """Sends files of a format that knows people by one identifier only."""
    account = add_account(connection, "direct", "ptdirect")
    connection.commit()

    def send(day, *rows):
        received = put(
            database, connection, account, "\n".join(rows) + "\n", folder=tmp_path,
            received_at=MONDAY + timedelta(days=day),
        )  # fmt: skip
        return process(database, connection, received)

    return send


def registry_tables(connection: psycopg.Connection) -> dict[str, list[Any]]:
    """What the registry holds about patients, but for the order in which items came."""
    found = {}
    for table in (patient, *parts.values()):
        names = ", ".join(column.name for column in table.columns if column.name != "sequence")
        query = f"SELECT {names} FROM {table.name} ORDER BY {names}"
        found[table.name] = connection.execute(query.encode()).fetchall()
    return found

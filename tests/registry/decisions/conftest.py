from datetime import timedelta
from typing import Any

import psycopg
import pytest

from registry.accounts.accounts import add_account
from registry.decisions.undo import UndoResult, undo
from registry.ledger.imports import get_import
from registry.patients.patients import set_opt_out
from registry.tables.patients import parts, patient
from tests.importing import Imported, process, put
from tests.nights import MONDAY, Clinic
from tests.reviewed_account import ReviewedAccount


class ClinicWithUndo(Clinic):
    """A clinic, and people who take its imports back; what they do is a minute apart."""

    minute = 0

    def undo(self, done: Imported, by: str = "rita@example.com") -> UndoResult:
        self.minute += 1
        imported = get_import(self.connection, done.imported.partition_key)
        result = undo(
            self.connection, imported, by, MONDAY + timedelta(days=30, minutes=self.minute)
        )
        self.connection.commit()
        return result

    def opt_out(self, patient_id, *, day=20):
        at = MONDAY + timedelta(days=day)
        set_opt_out(self.connection, self.account.id, patient_id, at, opt_out=True)
        self.connection.commit()

    def tables(self) -> dict[str, list[Any]]:
        return registry_tables(self.connection)


@pytest.fixture
def clinic(database, connection, tmp_path):
    return ClinicWithUndo(database, connection, tmp_path)


@pytest.fixture
def reviewed(database, connection, tmp_path):
    return ReviewedAccount(database, connection, tmp_path)


@pytest.fixture
def open_account(database, connection, tmp_path):
    """Opens a reviewed account of another format, or simply another account."""

    def opened(file_format, name="other"):
        return ReviewedAccount(database, connection, tmp_path, file_format, name)

    return opened


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
    """What the registry holds about patients, but for the order in which items came.

    And but for what they were told, which says nothing of them.
    """
    found = {}
    for table in (patient, *parts.values()):
        left_out = {"sequence", "told"}
        names = ", ".join(column.name for column in table.columns if column.name not in left_out)
        query = f"SELECT {names} FROM {table.name} ORDER BY {names}"
        found[table.name] = connection.execute(query.encode()).fetchall()
    return found

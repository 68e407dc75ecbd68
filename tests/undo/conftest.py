from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from registry import undo as undoing
from registry.ledger import get_import
from registry.undo import Undone
from tests.importing import Imported
from tests.nights import MONDAY, Clinic


@dataclass
class Desk:
    """A clinic, and somebody who takes its imports back; each undo is a minute after the last."""

    clinic: Clinic
    undone: int = 0

    def undo(self, done: Imported, by: str = "rita@example.com") -> Undone:
        self.undone += 1
        connection = self.clinic.connection
        imported = get_import(connection, done.imported.partition_key)
        found = undoing.undo(
            connection, imported, by, MONDAY + timedelta(days=30, minutes=self.undone)
        )
        connection.commit()
        return found

    def tables(self) -> dict[str, list[Any]]:
        return registry_tables(self.clinic.connection)


@pytest.fixture
def clinic(database, connection, tmp_path):
    return Clinic(database, connection, tmp_path)


@pytest.fixture
def desk(clinic):
    return Desk(clinic)


def registry_tables(connection: psycopg.Connection) -> dict[str, list[Any]]:
    """What the registry holds about patients, but for the order in which items came."""
    from registry.tables import parts, patient

    found = {}
    for table in (patient, *parts.values()):
        names = ", ".join(column.name for column in table.columns if column.name != "sequence")
        rows = connection.execute(f"SELECT {names} FROM {table.name} ORDER BY {names}").fetchall()
        found[table.name] = rows
    return found

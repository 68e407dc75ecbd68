"""An import with patients whose documents are to be asked for, without an endpoint."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest

from registry.accounts.accounts import Account, add_account
from registry.documents.plans import want
from registry.ledger.imports import Import, get_import

RECEIVED_AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Asked:
    """A completed import of one account, and the patients that it created."""

    connection: psycopg.Connection
    account: Account
    imported: Import
    patients: list[UUID] = field(default_factory=list)

    def patient(self, name: str, *, opted_out: bool | None = None, outcome: str = "created"):
        """A further patient of the import; ids are in the order in which they are made."""
        patient = UUID(int=0x7000_8000_0000_0000_0000 + len(self.patients) + 1)
        self.connection.execute(
            "INSERT INTO patient (id, account_id, name_key, first_name, last_name, birth_year,"
            " gender, hie_opt_out) VALUES (%s, %s, 1, %s, 'Sample', 1980, 'F', %s)",
            (patient, self.account.id, name, opted_out),
        )
        self.connection.execute(
            "INSERT INTO import_row (import_id, attempt, line, outcome, patient_id)"
            " VALUES (%s, 1, %s, %s, %s)",
            (self.imported.id, len(self.patients) + 2, outcome, patient),
        )
        self.patients.append(patient)
        return patient

    def states(self) -> dict[UUID, str]:
        rows = self.connection.execute("SELECT patient_id, state FROM document_query").fetchall()
        return dict(rows)


@pytest.fixture
def asked(connection):
    account = add_account(connection, "harbor", "metriport")
    key = "2026-11-20_harbor_1"
    connection.execute(
        "INSERT INTO import (id, account_id, format, source, file_name, sha256, byte_count,"
        " received_at, partition_key, state)"
        " VALUES (%s, %s, 'metriport', 'cli', 'a.csv', %s, 12, %s, %s, 'completed')",
        (uuid4(), account.id, "ab" * 32, RECEIVED_AT, key),
    )
    imported = get_import(connection, key)
    connection.execute(
        "INSERT INTO attempt (import_id, number, state, finished_at) VALUES (%s, 1, %s, %s)",
        (imported.id, "finished", RECEIVED_AT),
    )
    want(connection, imported, configured=True)
    connection.commit()
    connection.autocommit = True
    return Asked(connection, account, imported)

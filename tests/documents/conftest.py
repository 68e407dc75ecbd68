"""A clinic whose imports are followed by document queries, and the endpoint they go to."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from assets.document_queries.query import query_import
from assets.stages import StageReport
from registry.accounts import Account, add_account
from registry.database import connect
from registry.document_progress import DocumentQuery, Progress, latest_queries, progress_of
from registry.settings import Settings
from tests.fhir import Endpoint, serving
from tests.importing import Imported, process, put

COLUMNS = "firstName,lastName,dob,gender,addressLine1,city,state,zip,externalId,ssn,hieOptOut,phone"


def person(first: str, *, last: str = "Sample", zip_code: str = "02101", **cells: str) -> str:
    """A row about somebody who is told apart by the first name."""
    kept = {"externalId": "", "ssn": "", "hieOptOut": "", "phone": ""} | cells
    fixed = f"{first},{last},1980-02-01,{kept.pop('gender', 'F')},1 Main St,Boston,MA,{zip_code}"
    return ",".join([fixed, *kept.values()])


def people(*names: str) -> str:
    """A file with a row for each first name."""
    return roster(*(person(name) for name in names))


def roster(*rows: str) -> str:
    return "\n".join([COLUMNS, *rows, ""])


@dataclass
class Harbor:
    """An account of the format that starts document queries."""

    account: Account
    settings: Settings
    connection: psycopg.Connection
    folder: Path

    def imports(self, content: str, *, dry_run: bool = False) -> Imported:
        """A file through all five stages."""
        file = put(self.settings, self.connection, self.account, content, folder=self.folder,
                   dry_run=dry_run)  # fmt: skip
        return process(self.settings, self.connection, file)

    def asks(
        self, done: Imported, *, seconds: float = 20, again: bool = False, **settings: object
    ) -> StageReport:
        """What a run of the asset does for one import."""
        self.connection.commit()
        own = self.settings.model_copy(update=settings)
        with connect(own) as connection:
            key = done.imported.partition_key
            return query_import(connection, own, key, seconds=seconds, again=again)

    def makes_due(self) -> None:
        """Let the time pass until every next try is due."""
        self.connection.execute("UPDATE document_query SET next_try_at = now()")
        self.connection.commit()

    def progress(self, done: Imported) -> Progress:
        return progress_of(self.connection, [done.imported.id])[done.imported.id]

    def patient(self, first: str) -> UUID:
        rows = self.connection.execute("SELECT id FROM patient WHERE first_name = %s", (first,))
        (found,) = rows.fetchone() or (None,)
        assert found
        return found

    def query(self, first: str) -> DocumentQuery | None:
        """The last query about the patient with this first name."""
        patient = self.patient(first)
        return latest_queries(self.connection, [patient]).get(patient)

    def states(self) -> dict[str, tuple[str, int | None, str | None]]:
        """State, found and reason of the last query by first name."""
        rows = self.connection.execute(
            "SELECT DISTINCT ON (p.id) p.first_name, q.state, q.found, q.reason"
            " FROM document_query q JOIN patient p ON p.id = q.patient_id"
            " ORDER BY p.id, q.planned_at DESC"
        ).fetchall()
        return {name: tuple(rest) for name, *rest in rows}


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with serving() as own:
        yield own


@pytest.fixture
def harbor(
    database: Settings, connection: psycopg.Connection, endpoint: Endpoint, tmp_path: Path
) -> Harbor:
    account = add_account(connection, "harbor", "metriport", cadence="on_arrival")
    connection.commit()
    return Harbor(account, endpoint.settings(database), connection, tmp_path)

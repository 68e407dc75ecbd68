"""A clinic whose imports are followed by document queries, and the endpoint that answers them."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from assets.document_queries.query import query_import
from assets.stage_runs import StageReport
from registry.accounts.accounts import Account, add_account
from registry.database.connections import connect
from registry.documents.plans import want
from registry.documents.progress import DocumentQuery, Progress, latest_queries, progress_of
from registry.ids import new_id
from registry.ledger.imports import Import, get_import
from registry.ledger.states import finish_import, open_attempt
from registry.settings import Settings
from schemas.name_folding import name_key
from tests.fhir import Endpoint, serving
from tests.importing import process, put

HEADER = "firstName,lastName,dob,gender,addressLine1,city,state,zip,hieOptOut"


def people(*names: str) -> str:
    """A file with a row for each first name; `!` in front opts out."""
    rows = (
        f"{name.strip('!')},Sample,1980-02-01,F,1 Main St,Boston,MA,02101,{name.startswith('!')}"
        for name in names
    )
    return "\n".join([HEADER, *rows, ""])


@dataclass(frozen=True)
class Person:
    first: str
    last: str = "Sample"
    born: date | None = date(1980, 2, 1)
    gender: str = "F"
    zips: tuple[str, ...] = ("02101",)
    identifiers: dict[str, str] = field(default_factory=dict)
    opted_out: bool | None = None


@dataclass
class Harbor:
    """An account of the format that starts document queries."""

    account: Account
    settings: Settings
    connection: psycopg.Connection
    folder: Path
    milliseconds: Iterator[int] = field(default_factory=itertools.count)

    def sends(self, content: str, *, dry_run: bool = False) -> Import:
        """A file through all five stages."""
        file = put(self.settings, self.connection, self.account, content, folder=self.folder,
                   dry_run=dry_run)  # fmt: skip
        return process(self.settings, self.connection, file).imported

    def has(self, *persons: Person | str, outcome: str = "created") -> Import:
        """A completed import of these people, as the five stages leave it in the tables.

        Tests about the wire begin with it: a file through the stages costs a second each.
        """
        connection = self.connection
        file = put(self.settings, connection, self.account, "no rows\n", folder=self.folder)
        attempt = open_attempt(connection, file.id, "test", again=False)
        for line, each in enumerate(persons, 2):
            patient = self._patient(each if isinstance(each, Person) else Person(each))
            connection.execute(
                "INSERT INTO import_row (import_id, attempt, line, outcome, patient_id)"
                " VALUES (%s, 1, %s, %s, %s)",
                (file.id, line, outcome, patient),
            )
        connection.execute("UPDATE attempt SET state = 'applied' WHERE import_id = %s", (file.id,))
        finish_import(connection, attempt, datetime.now(UTC))
        want(connection, file, configured=True)
        connection.commit()
        return get_import(connection, file.partition_key)

    def _patient(self, person: Person) -> UUID:
        known = self.connection.execute(
            "SELECT id FROM patient WHERE first_name = %s AND account_id = %s",
            (person.first, self.account.id),
        ).fetchone()
        if known:
            return UUID(str(known[0]))
        # Ids of one millisecond are in no order, and queries are sent in that of the ids.
        made_at = datetime.now(UTC) + timedelta(milliseconds=next(self.milliseconds))
        patient, year = new_id(made_at), person.born.year if person.born else 1980
        key = name_key(person.first, person.last, year, person.gender)
        self.connection.execute(
            "INSERT INTO patient (id, account_id, name_key, first_name, last_name, birth_date,"
            " birth_year, gender, hie_opt_out) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (patient, self.account.id, key, person.first, person.last, person.born, year,
             person.gender, person.opted_out),
        )  # fmt: skip
        for zip_code in person.zips:
            self.connection.execute(
                "INSERT INTO patient_address (patient_id, item, postal_code) VALUES (%s, %s, %s)",
                (patient, f"other/{zip_code}", zip_code),
            )
        for item, value in person.identifiers.items():
            self.connection.execute(
                "INSERT INTO patient_identifier (patient_id, item, value, account_id)"
                " VALUES (%s, %s, %s, %s)",
                (patient, item, value, self.account.id),
            )
        return patient

    def asks(
        self, imported: Import, *, seconds: float = 20, again: bool = False, **settings: object
    ) -> StageReport:
        """What a run of the asset does for one import."""
        self.connection.commit()
        own = self.settings.model_copy(update=settings)
        with connect(own) as connection:
            key = imported.partition_key
            return query_import(connection, own, key, seconds=seconds, again=again)

    def lets_time_pass(self) -> None:
        """Until every next try is due."""
        self.connection.execute("UPDATE document_query SET next_try_at = now()")
        self.connection.commit()

    def progress(self, imported: Import) -> Progress:
        self.connection.commit()
        return progress_of(self.connection, [imported.id])[imported.id]

    def patient(self, first: str) -> UUID:
        rows = self.connection.execute("SELECT id FROM patient WHERE first_name = %s", (first,))
        (found,) = rows.fetchone() or (None,)
        assert found
        return found

    def last(self, first: str) -> DocumentQuery | None:
        """The last query about the patient with this first name."""
        patient = self.patient(first)
        return latest_queries(self.connection, [patient]).get(patient)

    def states(self) -> dict[str, tuple[str, int | None, str | None]]:
        """State, found and reason of the last query, by first name."""
        self.connection.commit()
        rows = self.connection.execute("SELECT first_name FROM patient").fetchall()
        queries = {first: self.last(first) for (first,) in rows}
        return {first: (q.state, q.found, q.reason) for first, q in queries.items() if q}


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

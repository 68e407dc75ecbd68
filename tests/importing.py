"""Putting files through the five stages in tests, without a Dagster run around them."""

import csv
import io
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from psycopg import Connection

from assets.landed_files.land import LAND
from assets.matched_patients.match import MATCH
from assets.patients.verify import APPLY
from assets.result_files.finish import FINISH
from assets.stage_runs import StageReport, run_stage
from assets.staged_patients.stage import STAGE
from registry.accounts.accounts import Account
from registry.landing.receive import receive
from registry.ledger.imports import (
    Attempt,
    Import,
    get_import,
    latest_attempt,
    list_issues,
    list_rows,
)
from registry.ledger.results import result_key
from registry.settings import Settings
from registry.store import store_of

STAGES = (LAND, STAGE, MATCH, APPLY, FINISH)


@dataclass(frozen=True)
class Imported:
    """An import after its stages ran, and what a test asks of it."""

    imported: Import
    attempt: Attempt
    reports: dict[str, StageReport]
    rows: list[dict[str, object]]
    issues: list[dict[str, object]]
    result: str
    failed_rows: str

    @property
    def outcomes(self) -> list[str]:
        """The outcome of each row, in the file's order."""
        return [str(row["outcome"]) for row in self.rows]

    def codes(self, line: int | None = None) -> list[str]:
        """Codes of the issues of a line, of all lines where none is given."""
        return [str(i["code"]) for i in self.issues if line is None or i["line"] == line]

    def messages(self, line: int) -> list[str]:
        return [str(issue["message"]) for issue in self.issues if issue["line"] == line]

    def patient(self, line: int) -> UUID | None:
        return next(row["patient_id"] for row in self.rows if row["line"] == line)  # type: ignore[return-value]

    def result_rows(self) -> list[dict[str, str]]:
        """The result file as a spreadsheet would show it."""
        return list(csv.DictReader(io.StringIO(self.result, newline="")))


def put(  # noqa: PLR0913 - what an arrival can differ in
    settings: Settings,
    connection: Connection,
    account: Account,
    content: str | bytes,
    *,
    folder: Path,
    name: str = "roster.csv",
    received_at: datetime | None = None,
    dry_run: bool = False,
    facility: UUID | None = None,
) -> Import:
    """Receive a file without processing it.

    One that is received at an earlier time than others before it stands for a late file: one that
    was received then, and is processed after them.
    """
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    received = receive(
        connection,
        settings,
        account,
        path,
        source="cli",
        received_at=received_at or datetime.now(UTC),
        dry_run=dry_run,
        default_facility_id=facility,
    )
    connection.execute("UPDATE import SET ordered_at = received_at WHERE id = %s", (received.id,))
    connection.commit()
    return get_import(connection, received.partition_key)


def process(
    settings: Settings,
    connection: Connection,
    imported: Import,
    *,
    again: bool = False,
    stages: tuple[str, ...] = tuple(stage.name for stage in STAGES),
) -> Imported:
    """Run stages over an import; `again` opens a further attempt, as a backfill does."""
    reports = {
        stage.name: run_stage(
            stage, connection, settings, imported.partition_key, run_id="test", again=again
        )
        for stage in STAGES
        if stage.name in stages
    }
    attempt = latest_attempt(connection, imported.id)
    return Imported(
        get_import(connection, imported.partition_key),
        attempt,
        reports,
        list_rows(connection, attempt),
        list_issues(connection, attempt),
        _result(settings, connection, imported, attempt, "result"),
        _result(settings, connection, imported, attempt, "failed_rows"),
    )


def _result(
    settings: Settings, connection: Connection, imported: Import, attempt: Attempt, kind: str
) -> str:
    row = connection.execute(
        "SELECT name FROM result_file WHERE import_id = %s AND attempt = %s AND kind = %s",
        (imported.id, attempt.number, kind),
    ).fetchone()
    if row is None:
        return ""
    with suppress(FileNotFoundError):
        return store_of(settings).read(result_key(imported.partition_key, row[0])).decode()
    return ""

"""What a further attempt over an import would do, found out by its stages; nothing is kept.

The stages work on an attempt that is never stored, with a staging file in a folder that is
removed, in a transaction that is always rolled back. The transaction is a snapshot and takes no
lock that an import waits for. Imports go on meanwhile; the preview does not see them.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from psycopg import Connection, IsolationLevel

from assets.attempt_work import AttemptWork, work_on
from assets.error_redaction import explained
from assets.landed_files.land import read_rows
from assets.matching.field_counts import kept_values, values_that_change
from assets.matching.match import match
from assets.staged_patients.stage import stage
from assets.staging_database import open_staging, scalar
from registry.database.connections import connect
from registry.ledger.imports import Attempt, Import, list_attempts
from registry.settings import Settings
from registry.tables.enums import OUTCOMES
from schemas.errors import FileFault

_FOLDER_PREFIX = ".preview-"


@dataclass(frozen=True)
class Preview:
    """What a further attempt over an import would make of it.

    `now` are rows by outcome as the last attempt left them, None where there is none; `then` those
    that a further attempt would have. `changed_rows` would create or change a patient;
    `fields` counts the values that stored patients would get or lose, by field
    (`address.city`); `kept_newer` counts the values that would not be written because newer ones
    are stored. With `fault` the file would fail as a whole.
    """

    imported: Import
    now: dict[str, int] | None
    then: dict[str, int]
    changed_rows: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    kept_newer: dict[str, int] = field(default_factory=dict)
    fault: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        fields = {name: value for name, value in vars(self).items() if name != "imported"}
        return {
            "import": self.imported.id,
            "partition_key": self.imported.partition_key,
            "received_at": self.imported.received_at,
            **fields,
        }


def preview(settings: Settings, imported: Import) -> Preview:
    """Find out what a further attempt over this import would do, at this moment.

    Raises:
        StorageUnavailable: the archived bytes are gone, or the disk is full.
        RosterlineError: as a stage does; no error holds a patient's value.
    """
    with previewing(settings, imported) as (_, found):
        return found


@contextmanager
def previewing(settings: Settings, imported: Import) -> Iterator[tuple[Connection, Preview]]:
    """A preview and the connection with its transaction, which is rolled back at the end."""
    with _snapshot(settings) as registry, _own_folder(settings) as folder:
        last = _last_attempt(registry, imported)
        work = work_on(registry, settings, imported, _further(imported, last))
        work = replace(work, staging_dir=folder)
        now = last.counts if last and last.records is not None else None

        def run() -> Preview:
            try:
                return _run(registry, work, now)
            except FileFault as fault:
                return Preview(imported, now, dict.fromkeys(OUTCOMES, 0), fault=fault.code)

        yield registry, explained(run, "preview", imported.partition_key, debug=settings.debug)


def _run(registry: Connection, work: AttemptWork, now: dict[str, int] | None) -> Preview:
    layout, _ = read_rows(work)
    work = replace(work, kept_layout=layout)
    stage(registry, work)
    with open_staging(work) as staging:
        match(staging, registry, work)
        found = staging.execute("SELECT outcome, count(*) FROM outcome GROUP BY outcome")
        then = dict.fromkeys(OUTCOMES, 0) | dict(found.fetchall())
        return Preview(
            work.imported,
            now,
            then,
            scalar(staging, "SELECT count(DISTINCT line) FROM change"),
            values_that_change(staging),
            kept_values(staging),
        )


@contextmanager
def _snapshot(settings: Settings) -> Iterator[Connection]:
    with connect(settings) as registry:
        registry.isolation_level = IsolationLevel.REPEATABLE_READ
        with registry.transaction(force_rollback=True):
            yield registry


@contextmanager
def _own_folder(settings: Settings) -> Iterator[Path]:
    # Below staging: patients' data stays in the home, on the disk that was made for it.
    settings.staging_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.staging_dir, prefix=_FOLDER_PREFIX) as folder:
        yield Path(folder)


def _last_attempt(registry: Connection, imported: Import) -> Attempt | None:
    attempts = list_attempts(registry, imported.id)
    return attempts[-1] if attempts else None


def _further(imported: Import, last: Attempt | None) -> Attempt:
    """The attempt that a run would open; it is not stored."""
    return Attempt(
        import_id=imported.id,
        number=last.number + 1 if last else 1,
        state="open",
        run_id=None,
        started_at=datetime.now(UTC),
        finished_at=None,
        fault_code=None,
        reason=None,
        **dict.fromkeys(("records", *OUTCOMES)),
    )

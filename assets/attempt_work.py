"""One piece of work: an attempt over an import, with all that its stages need to know."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from psycopg import Connection

from registry.accounts.accounts import Account, list_cohorts, list_facilities
from registry.accounts.file_keys import keys_for
from registry.landing.archived_file import ArchivedFile
from registry.landing.layouts import format_for, kept_layout
from registry.landing.receive import archived_file
from registry.landing.rosters import reading_roster
from registry.ledger.imports import Attempt, Import, account_of, get_import, latest_attempt
from registry.settings import Settings
from rosters.containers.roster import Roster
from rosters.layout import Layout
from schemas.formats import Format
from schemas.rules import Circumstances


@dataclass(frozen=True)
class AttemptWork:
    """An attempt over an import, its account and format, and where its files are.

    `file_format` has the account's column mapping under which the file is read, if there is one.
    `kept_layout` is the layout that was kept with the attempt when its file landed.
    """

    imported: Import
    attempt: Attempt
    account: Account
    file_format: Format
    circumstances: Circumstances
    settings: Settings
    staging_dir: Path
    kept_layout: Layout | None = None

    @cached_property
    def layout(self) -> Layout:
        """The layout under which this attempt reads its file; once worked out, it stays.

        Raises:
            FileFault: none was kept, and the file cannot be imported as a whole.
            StorageUnavailable: none was kept, and the archived bytes are gone, or damaged.
        """
        if self.kept_layout is not None:
            return self.kept_layout
        with self.reading() as roster:
            return roster.layout(self.file_format)

    @contextmanager
    def reading(self) -> Iterator[Roster]:
        """Within, the roster in the received file is read; see `landing.rosters.reading_roster`."""
        keys = keys_for(self.settings, self.account.name, self.imported.received_at)
        place = self.imported.place
        with reading_roster(self.settings, self.archived, self.file_format, keys, place) as roster:
            yield roster

    @cached_property
    def archived(self) -> ArchivedFile:
        """The received file in the archive, which is hashed once as it is read.

        Raises:
            StorageUnavailable: it is gone.
        """
        return archived_file(self.settings, self.imported.sha256)

    @property
    def staging_path(self) -> Path:
        """The import's DuckDB file, which an engineer can open."""
        return self.staging_dir / f"{self.imported.partition_key}.duckdb"

    @property
    def defaults(self) -> dict[str, str]:
        """Values for slots that the sender left blank: the request's facility."""
        facility = self.imported.default_facility_id
        slot = self.file_format.facility_slot
        return {slot: str(facility)} if facility and slot else {}

    @property
    def wants_documents(self) -> bool:
        """Whether the import is followed by document queries."""
        return self.file_format.queries_documents and not self.imported.dry_run

    @property
    def received_locally(self) -> datetime:
        """When the file was received, in the account's zone."""
        return self.imported.received_at.astimezone(self.account.zone)


def load_work(connection: Connection, settings: Settings, partition_key: str) -> AttemptWork:
    """The work on the latest attempt of the import with this partition key.

    Raises:
        NotFound: no such import, or no attempt was opened yet.
    """
    imported = get_import(connection, partition_key)
    attempt = latest_attempt(connection, imported.id)
    return work_on(connection, settings, imported, attempt)


def work_on(
    connection: Connection, settings: Settings, imported: Import, attempt: Attempt
) -> AttemptWork:
    """The work on this attempt, which need not be stored."""
    account = account_of(connection, imported)
    file_format = format_for(connection, imported, account)
    return AttemptWork(
        imported,
        attempt,
        account,
        file_format,
        _circumstances(connection, account, imported),
        settings,
        settings.staging_dir,
        kept_layout(connection, attempt.import_id, attempt.number, file_format),
    )


def _circumstances(connection: Connection, account: Account, imported: Import) -> Circumstances:
    return Circumstances(
        received_on=imported.received_at.astimezone(account.zone).date(),
        risk_levels=tuple(account.settings.get("risk_levels", ())),
        cohort_ids=frozenset(str(cohort.id) for cohort in list_cohorts(connection, account)),
        facility_ids=frozenset(str(f.id) for f in list_facilities(connection, account)),
        lenient=bool(account.settings.get("lenient", False)),
    )

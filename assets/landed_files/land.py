"""Stage `landed_files`: from archived bytes to table `raw` in the import's DuckDB file."""

from dataclasses import replace
from datetime import UTC, datetime

from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.raw_rows import load_raw
from assets.stage_runs import UNPACKED_INTO, Figures, Stage
from assets.staging_database import open_staging
from registry.landing.disk_reserve import require_room_for_work
from registry.landing.layouts import keep_layout
from registry.landing.members import enter_members
from registry.landing.put_back import put_back_from_pending
from registry.ledger.members import archive_of
from registry.ledger.states import unpack
from registry.requests.members import give_to_sender
from rosters.containers.roster import SeveralRosters, shown_name
from rosters.layout import Layout
from schemas.errors import ArchiveDamaged, FileFault

_SHOWN_OTHERS = 5
_STAGING_PER_BYTE = 10
"""How many times the size of its file an import's tables take while it runs, at least."""


def land(connection: Connection, work: AttemptWork) -> Figures:
    """Read the file as rows, and keep its layout with the attempt.

    A damaged copy in the archive is replaced first, where the file is still in Pending. An archive
    with several rosters is unpacked: an import of each is entered, and the stages end here.

    Raises:
        FileFault: the file cannot be imported as a whole, or its archived copy is damaged.
        StorageUnavailable: the archived bytes are gone, or the disk has no room for the work.
    """
    try:
        layout, figures = _read_or_put_back(connection, work)
    except SeveralRosters as several:
        if work.imported.member is not None:
            raise  # a member was read as one roster when its archive was unpacked
        return _unpack(connection, work, several)
    # Last, because the attempt's row is locked from here to the end of the stage.
    keep_layout(connection, work.attempt, layout)
    return figures


def _read_or_put_back(connection: Connection, work: AttemptWork) -> tuple[Layout, Figures]:
    try:
        return read_rows(work)
    except FileFault as fault:
        if fault.code != ArchiveDamaged.code:
            raise
        received = archive_of(connection, work.imported)
        if not put_back_from_pending(work.settings, work.account, received):
            raise
    return read_rows(replace(work))  # which has forgotten the damaged copy


def _unpack(connection: Connection, work: AttemptWork, several: SeveralRosters) -> Figures:
    """Enter an import for each roster of an archive, and end that of the archive, at once."""
    enter_members(connection, work.account, work.imported, several.members)
    give_to_sender(connection, work.imported)
    said = _what_was_found(several, "checked" if work.imported.dry_run else "imported")
    unpack(connection, work.attempt, said, datetime.now(UTC))
    return {
        UNPACKED_INTO: len(several.members),
        "files passed over": len(several.passed_over),
        "bytes": work.imported.byte_count,
    }


def _what_was_found(several: SeveralRosters, done: str) -> str:
    """How many rosters are in an archive, and which of its files are none, with the reason."""
    found = f"{len(several.members)} rosters in the archive, each {done} by itself"
    others = [f"'{shown_name(name)}' ({why})" for name, why in several.passed_over[:_SHOWN_OTHERS]]
    more = len(several.passed_over) - len(others)
    if more > 0:
        others.append(f"{more} more")
    return f"{found}; passed over: {', '.join(others)}" if others else found


def read_rows(work: AttemptWork) -> tuple[Layout, Figures]:
    """Read the file as rows into table `raw`, and say how it is laid out; a preview does only this.

    Raises:
        FileFault, StorageUnavailable: as `land` does.
    """
    _require_room(work, work.imported.byte_count)
    try:
        with work.reading() as roster:
            _require_room(work, roster.byte_count)
            layout = work.kept_layout or roster.layout(work.file_format)
            with open_staging(work, fresh=True) as staging:
                records = load_raw(staging, roster.source, layout)
    except ArchiveDamaged as damage:
        # A fault of this attempt, so that no other import waits for a copy that will not mend.
        raise FileFault(ArchiveDamaged.code, str(damage)) from damage
    _refuse_count(records, work)
    return layout, {
        "rows": records,
        "bytes": work.imported.byte_count,
        "columns": layout.width,
        "unknown columns": len(layout.unknown),
        "encoding": layout.encoding.name,
    }


def _require_room(work: AttemptWork, byte_count: int) -> None:
    require_room_for_work(work.settings, _STAGING_PER_BYTE * byte_count)


def _refuse_count(records: int, work: AttemptWork) -> None:
    limit = work.file_format.max_rows
    if records == 0:
        raise FileFault("no_rows", "the file has a header but no rows; export it again")
    if limit is not None and records > limit:
        raise FileFault(
            "too_many_rows",
            f"the file has {records:,} rows, at most {limit:,} are allowed; nothing was "
            "imported, split it into several files",
        )


LAND = Stage("landed_files", land, opens_attempt=True)

"""Stage `landed_files`: from archived bytes to table `raw` in the import's DuckDB file."""

from dataclasses import replace

from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.raw_rows import load_raw
from assets.stage_runs import Figures, Stage
from assets.staging_database import open_staging
from registry.landing.disk_reserve import require_room_for_work
from registry.landing.layouts import keep_layout
from registry.landing.put_back import put_back_from_pending
from rosters.layout import Layout
from schemas.errors import ArchiveDamaged, FileFault

_STAGING_PER_BYTE = 10
"""How many times the size of its file an import's tables take while it runs, at least."""


def land(connection: Connection, work: AttemptWork) -> Figures:
    """Read the file as rows, and keep its layout with the attempt.

    A damaged copy in the archive is replaced first, where the file is still in Pending.

    Raises:
        FileFault: the file cannot be imported as a whole, or its archived copy is damaged.
        StorageUnavailable: the archived bytes are gone, or the disk has no room for the work.
    """
    try:
        layout, figures = read_rows(work)
    except FileFault as fault:
        is_damage = fault.code == ArchiveDamaged.code
        if not (is_damage and put_back_from_pending(work.settings, work.account, work.imported)):
            raise
        work = replace(work)  # forgets the damaged copy
        layout, figures = read_rows(work)
    # Last, because the attempt's row is locked from here to the end of the stage.
    keep_layout(connection, work.attempt, layout)
    return figures


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

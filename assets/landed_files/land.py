"""Stage `landed_files`: from archived bytes to table `raw` in the import's DuckDB file."""

from psycopg import Connection

from assets.attempt_work import Work
from assets.landed_files.load import load_raw
from assets.stage_runs import Figures, Stage
from assets.staging_database import open_staging
from registry.landing.receive import archived_path
from rosters.layout import read_layout
from schemas.errors import FileFault


def land(_: Connection, work: Work) -> Figures:
    """Read the file as rows.

    Raises:
        FileFault: the file cannot be imported as a whole.
        StorageUnavailable: the archived bytes are gone.
    """
    path = archived_path(work.settings, work.imported.sha256)
    layout = read_layout(path, work.file_format)
    with open_staging(work, fresh=True) as connection:
        records = load_raw(connection, path, layout)
    _refuse_count(records, work)
    return {
        "rows": records,
        "bytes": work.imported.byte_count,
        "columns": layout.width,
        "unknown columns": len(layout.unknown),
        "encoding": layout.encoding.name,
    }


def _refuse_count(records: int, work: Work) -> None:
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

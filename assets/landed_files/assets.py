"""Asset `landed_files`: the sender's bytes, as rows."""

from assets.materialisation import stage_spec
from assets.partitions import FRESHNESS

LANDED_FILES = stage_spec(
    "landed_files",
    """The received file, byte for byte in the archive, and its records as rows of text.

    **Grain**: one partition per import, one row per record of the file, known by its line number
    as a spreadsheet shows it.

    **Source**: SFTP, HTTP API, portal, drop folder or the command line.

    **Run again**: together with the four stages after it, as a further attempt over the archived
    bytes; the earlier attempts, their outcomes and result files stay.
    """,
    group_name="imports",
    kinds={"csv", "duckdb"},
    docs="docs/tasks/send-a-file.md",
    metadata={"dagster/table_name": "raw"},
    freshness_policy=FRESHNESS,
)

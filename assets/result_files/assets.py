"""Asset `result_files`: the sender's answer."""

import dagster as dg

from assets.materialisation import FigureCheck, stage_spec
from assets.partitions import FRESHNESS

RESULT_FILES = stage_spec(
    "result_files",
    """The result for every row, in the layout of the sender's format, and the failed rows alone.

    A file that failed as a whole has a result too, which says why. Its partition is green here, red
    in the stage of the fault and in those between, and its check `file_was_imported` fails.

    **Grain**: one result file and one file of failed rows per attempt.

    **Source**: the ledger and the archived bytes.

    **Run again**: alone, it makes the same files, byte for byte, under the same names. If
    OpenLineage is set up, the attempt's events are published again.
    """,
    deps=["patients"],
    group_name="imports",
    kinds={"csv"},
    docs="docs/tasks/read-a-result.md",
    freshness_policy=FRESHNESS,
)

CHECKS = (
    FigureCheck(
        "result_has_a_line_per_row",
        ("lines missing",),
        "The result has a line for every row, no more and no less.",
    ),
)

FILE_WAS_IMPORTED = dg.AssetCheckSpec(
    "file_was_imported",
    asset="result_files",
    description="Each file of the last 24 hours went through all stages. A failed verdict names "
    "account, fault and remedy; asset `last_night` lists all of them.",
)

"""Asset `staged_patients`: every row in canonical form, judged."""

from assets.materialisation import FigureCheck, stage_spec

STAGED_PATIENTS = stage_spec(
    "staged_patients",
    """Each row's cells as canonical text, and the issues found in them.

    **Grain**: one row per record, in the DuckDB file of the import (tables `raw`, `normalised`,
    `staged`, `issues`), which can be opened with any DuckDB client. It is removed once the result
    is written, unless `ROSTERLINE_KEEP_STAGING` is set.

    **Source**: `landed_files`; the rules are those of the account's format.

    **Run again**: with the other stages; makes the tables anew from the archived bytes, by the
    rules as they are then.
    """,
    deps=["landed_files"],
    group_name="imports",
    kinds={"duckdb", "pandera"},
    docs="docs/reference/issue-codes.md",
    metadata={"dagster/table_name": "staged"},
)

CHECKS = (
    FigureCheck(
        "staged_rows_keep_the_contract",
        ("broken clauses",),
        "Every accepted value keeps every rule of its format (pandera).",
    ),
)

"""Asset `matched_patients`: who each row is, and what it would change."""

from assets.matched_patients.hold import UNUSUAL
from assets.materialisation import FigureCheck, stage_spec

MATCHED_PATIENTS = stage_spec(
    "matched_patients",
    """For each row the patient it is, the outcome it will have and the values it changes.

    **Grain**: one row of `outcome` per record, in the import's DuckDB file; beside it the tables
    `change`, `final_fact` and `review_pair`. Values kept are those that stay, although the file has
    others, because a later import or a person asserted them. A file that is far off its account's
    usual ones is held here for a person; nothing is written of it before.

    **Source**: `staged_patients` and, by indexed keys, the stored patients of the account.

    **Run again**: with the other stages; matches against the registry as it is then, and writes
    nothing to it.
    """,
    deps=["staged_patients"],
    group_name="imports",
    kinds={"duckdb", "postgres"},
    docs="docs/decisions/003-who-is-this-row.md",
    metadata={"dagster/table_name": "outcome"},
)

CHECKS = (
    FigureCheck(
        "file_is_like_the_usual_ones",
        (UNUSUAL,),
        "Rows, missing patients, changed identities and failed rows are near the median of the "
        "account's last ten good files; a file that is far off is held for a person, and warns. It "
        "is evaluated for accounts that hold files.",
        warn=True,
    ),
)

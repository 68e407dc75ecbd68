"""Asset `patients`: the registry, changed in one transaction per attempt."""

from assets.materialisation import FigureCheck, stage_spec
from assets.partitions import FRESHNESS

PATIENTS = stage_spec(
    "patients",
    """The patients of the registry, their parts, the history of every value, and the outcomes.

    **Grain**: one partition per import; in PostgreSQL one row of `patient` per person of an
    account, one of `patient_change` per row that changed something, one of `import_row` per row.

    **Source**: the decisions of `matched_patients`, made again if the registry changed since.

    **Run again**: with the other stages, as a further attempt; each attempt is applied once, and
    a run that goes on with one that is applied changes nothing.
    """,
    deps=["matched_patients"],
    group_name="imports",
    kinds={"postgres"},
    docs="docs/tasks/follow-a-value.md",
    metadata={"dagster/table_name": "public.patient"},
    freshness_policy=FRESHNESS,
)

CHECKS = (
    FigureCheck(
        "every_row_has_one_outcome",
        ("rows without one outcome",),
        "Each row of the file has exactly one outcome in the ledger.",
    ),
    FigureCheck(
        "counts_reconcile",
        ("counts apart",),
        "The counts of the four outcomes add up to the rows, and each created patient is in the "
        "registry.",
    ),
    FigureCheck(
        "no_orphans",
        ("orphans",),
        "No row of the import names a patient who is not in the registry.",
    ),
    FigureCheck(
        "errored_share_is_usual",
        ("unusual error share",),
        "The share of failed rows is at most 20 points above the mean of the account's ten imports "
        "before this one; warns. It passes for the account's first import.",
        warn=True,
    ),
)

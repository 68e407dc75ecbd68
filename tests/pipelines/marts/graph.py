"""An assertion about the graph of the marts; a change of the graph changes this table too."""

from collections import Counter

import dagster as dg

from pipelines.process_environment import PROJECT_DIR

PARTS = (
    "identifiers", "addresses", "contacts", "enrolments", "coverages", "conditions", "medications",
    "flags", "notes", "client_groups", "cohorts", "facilities",
)  # fmt: skip
PATIENTS = {"dim_patients", *(f"dim_patient_{part}" for part in PARTS)}
GRAPH = {
    # asset: the assets that it reads
    "stg_accounts": {"accounts"},
    "stg_account_history": {"accounts"},
    "stg_imports": {"result_files"},
    "stg_attempts": {"result_files"},
    "stg_attempt_stages": {"result_files"},
    "stg_undos": {"patients"},
    "stg_import_rows": {"patients"},
    "stg_row_issues": {"patients"},
    "stg_field_changes": {"patients"},
    "known_columns": set(),
    "dim_accounts": {"stg_accounts"},
    "dim_account_history": {"stg_account_history"},
    "fct_attempts": {
        "stg_attempts", "stg_attempt_stages", "stg_imports", "stg_undos", "dim_account_history",
    },
    "fct_imports": {"fct_attempts", "stg_imports", "dim_account_history"},
    "fct_import_rows": {"fct_attempts", "stg_import_rows"},
    "fct_row_issues": {"fct_attempts", "stg_row_issues", "known_columns"},
    "fct_attempt_issues": {"fct_attempts", "fct_row_issues"},
    "fct_field_changes": {"fct_attempts", "stg_import_rows", "stg_field_changes"},
    "mart_sender_quality_daily": {"fct_imports", "dim_accounts"},
    "mart_attempts_daily": {"fct_attempts", "dim_accounts"},
    "mart_sender_issues_daily": {
        "fct_attempt_issues", "fct_imports", "mart_sender_quality_daily",
    },
    # values of patients, in schemas of their own
    "stg_patients": {"patients"},
    "stg_cohorts": {"accounts"},
    "stg_facilities": {"accounts"},
    **{f"stg_patient_{part}": {"patients"} for part in PARTS},
    "dim_patients": {
        "stg_patients", "stg_accounts", "stg_patient_identifiers", "stg_patient_addresses",
    },
    **{f"dim_patient_{part}": {f"stg_patient_{part}", "stg_patients"} for part in PARTS},
    "dim_patient_cohorts": {"stg_patient_cohorts", "stg_patients", "stg_cohorts"},
    "dim_patient_facilities": {"stg_patient_facilities", "stg_patients", "stg_facilities"},
}  # fmt: skip
GROUPS = {"marts_staging": 10, "marts": 11, "marts_patients_staging": 15, "marts_patients": 13}


def the_graph_reads_from_the_results_into_the_marts(_built):
    from pipelines.marts.definitions import defs

    graph = defs.get_repository_def().asset_graph
    nodes = {name: graph.get(dg.AssetKey(name)) for name in GRAPH}
    assert {
        name: {key.to_user_string() for key in node.parent_keys} for name, node in nodes.items()
    } == GRAPH
    assert Counter(node.group_name for node in nodes.values()) == GROUPS
    for name, node in nodes.items():
        assert list(node.owners) == ["team:data-engineering"]
        assert node.pools == {"marts"}
        assert {"dbt", "postgres"} < node.kinds
        assert all(
            word in node.description for word in ("**Grain**: ", "**Source**: ", "**Run again**: ")
        ), name
        assert (node.freshness_policy is None) == ("view" in node.kinds)
        assert node.metadata["dagster/table_name"].endswith(f".{node.group_name}.{name}")
        assert (PROJECT_DIR / node.metadata["docs"].value).exists()

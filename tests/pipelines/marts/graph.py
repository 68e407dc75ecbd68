"""An assertion about the graph of the marts; a change of the graph changes this table too."""

from collections import Counter

import dagster as dg

from pipelines.process_environment import PROJECT_DIR

GRAPH = {
    # asset: the assets that it reads
    "stg_accounts": {"accounts"},
    "stg_imports": {"result_files"},
    "stg_attempts": {"result_files"},
    "stg_attempt_stages": {"result_files"},
    "stg_import_rows": {"patients"},
    "stg_row_issues": {"patients", "result_files", "known_columns"},
    "stg_field_changes": {"patients"},
    "known_columns": set(),
    "dim_accounts": {"stg_accounts"},
    "dim_patients": {"patients", "stg_accounts"},
    "fct_attempts": {"stg_attempts", "stg_attempt_stages", "stg_imports"},
    "fct_imports": {"fct_attempts", "stg_imports", "stg_accounts"},
    "fct_import_rows": {"fct_attempts", "stg_import_rows"},
    "fct_row_issues": {"fct_attempts", "stg_row_issues"},
    "fct_attempt_issues": {"fct_attempts", "fct_row_issues"},
    "fct_field_changes": {"fct_attempts", "stg_import_rows", "stg_field_changes"},
    "mart_sender_quality_daily": {"fct_imports", "dim_accounts"},
    "mart_sender_issues_daily": {
        "fct_attempt_issues", "fct_imports", "mart_sender_quality_daily",
    },
}  # fmt: skip


def the_graph_reads_from_the_results_into_the_marts(_built):
    from pipelines.marts.definitions import defs

    graph = defs.get_repository_def().asset_graph
    nodes = {name: graph.get(dg.AssetKey(name)) for name in GRAPH}
    assert {
        name: {key.to_user_string() for key in node.parent_keys} for name, node in nodes.items()
    } == GRAPH
    assert Counter(node.group_name for node in nodes.values()) == {"marts_staging": 8, "marts": 10}
    for name, node in nodes.items():
        assert list(node.owners) == ["team:data-engineering"]
        assert node.pools == {"marts"}
        assert {"dbt", "postgres"} < node.kinds
        assert all(
            word in node.description for word in ("**Grain**: ", "**Source**: ", "**Run again**: ")
        ), name
        assert (node.freshness_policy is None) == ("view" in node.kinds)
        assert (PROJECT_DIR / node.metadata["docs"].value).exists()

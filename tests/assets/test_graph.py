"""The asset graph as people see it; whoever changes it on purpose changes this table too."""

import dagster as dg
import pytest

from pipelines.definitions import defs

GRAPH = defs.get_repository_def().asset_graph
NODES = {key.to_user_string(): GRAPH.get(key) for key in GRAPH.get_all_asset_keys()}

SNAPSHOT = {
    # asset: what it is made from, group, kinds, checks
    "landed_files": ([], "imports", {"csv", "duckdb"}, {"files_can_be_read"}),
    "staged_patients": (
        ["landed_files"],
        "imports",
        {"duckdb", "pandera"},
        {"staged_rows_keep_the_contract"},
    ),
    "matched_patients": (["staged_patients"], "imports", {"duckdb", "postgres"}, set()),
    "patients": (
        ["matched_patients"],
        "registry",
        {"postgres"},
        {
            "counts_reconcile",
            "errored_share_is_usual",
            "every_row_has_one_outcome",
            "no_orphans",
        },
    ),
    "result_files": (["patients"], "results", {"csv"}, {"result_has_a_line_per_row"}),
}


def test_the_graph_is_the_one_in_the_snapshot():
    seen = {
        name: (
            sorted(key.to_user_string() for key in node.parent_keys),
            node.group_name,
            set(node.kinds),
            {check.name for check in node.check_keys},
        )
        for name, node in NODES.items()
    }
    assert seen == SNAPSHOT


@pytest.mark.parametrize("name", sorted(NODES))
def test_every_asset_has_an_owner(name):
    assert list(NODES[name].owners) == ["team:data-engineering"]


@pytest.mark.parametrize("name", sorted(NODES))
def test_every_asset_has_one_partition_per_import_and_takes_many_in_one_run(name):
    assert NODES[name].partitions_def == dg.DynamicPartitionsDefinition(name="imports")
    assert NODES[name].backfill_policy == dg.BackfillPolicy.single_run()


@pytest.mark.parametrize("word", ["**Grain**: ", "**Source**: ", "**Run again**: "])
@pytest.mark.parametrize("name", sorted(NODES))
def test_every_asset_says_its_grain_its_source_and_what_running_again_does(name, word):
    assert word in (NODES[name].description or "")


def test_only_the_asset_that_writes_the_registry_takes_from_a_pool():
    assert {name: node.pools for name, node in NODES.items() if node.pools} == {
        "patients": {"registry"}
    }


def test_every_check_is_computed_in_passing_by_the_asset_it_is_about():
    for key in GRAPH.asset_check_keys:
        assert key.name in SNAPSHOT[key.asset_key.to_user_string()][3]
